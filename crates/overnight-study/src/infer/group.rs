//! How many images a backend is handed at once.

/// Images a thread in the largest group. A backend spreads a group over its threads, and at its
/// end some of them wait for the last image. By the times of 40 receipts that leaves 2 threads
/// idle for 2 % and 16 threads for 4 % of the time; with 4 images a thread it is 6 and 14 %.
const MOST_PER_THREAD: usize = 16;
/// Bytes of encoded images in one group, at most, but for the last image.
const MOST_BYTES: u64 = 256 << 20;
/// Seconds that may pass between two predictions that are safe, as far as the group decides
/// it: what a kill can cost, and what Ctrl-C may have to wait for.
const GAP_S: f64 = 20.0;
/// By what factor a group may differ from the one before: one odd image decides little.
const MOST_CHANGE: f64 = 4.0;

/// The size of the next group. It begins with one image a thread and follows the longest time
/// that passed without a prediction. A backend that hands over each prediction as it is made
/// ([`overnight_ocr::Backend::recognize_each`]), as all that are built in do, soon gets the
/// largest groups; one that answers at the end gets as many images as it reads in [`GAP_S`].
#[derive(Debug)]
pub(super) struct GroupSize {
    threads: usize,
    images: usize,
}

impl GroupSize {
    pub(super) fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            threads,
            images: threads,
        }
    }

    /// Whether so many images of so many bytes are a group.
    pub(super) fn is_reached(&self, images: usize, bytes: u64) -> bool {
        images >= self.images || bytes >= MOST_BYTES
    }

    /// Learns from a group within which `gap_s` seconds passed, at the longest, without a
    /// prediction.
    pub(super) fn learn(&mut self, gap_s: f64) {
        let change = (GAP_S / gap_s.max(f64::EPSILON)).clamp(1.0 / MOST_CHANGE, MOST_CHANGE);
        let images = (self.images as f64 * change) as usize;
        self.images = images.clamp(self.threads, self.threads * MOST_PER_THREAD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of successive groups when an image takes `s_per_image` and the backend
    /// answers at the end of a group.
    fn sizes(threads: usize, s_per_image: f64) -> Vec<usize> {
        let mut size = GroupSize::new(threads);
        let mut sizes = vec![size.images];
        for _ in 0..4 {
            size.learn(s_per_image * (size.images as f64 / threads as f64));
            sizes.push(size.images);
        }
        sizes
    }

    #[test]
    fn a_group_lasts_as_long_as_may_be_lost() {
        assert_eq!(sizes(2, 0.01), [2, 8, 32, 32, 32]);
        assert_eq!(sizes(4, 2.5), [4, 16, 32, 32, 32]);
        assert_eq!(sizes(2, 60.0), [2, 2, 2, 2, 2]);
        assert_eq!(sizes(0, 1.0)[0], 1);
    }

    #[test]
    fn one_slow_image_costs_two_groups() {
        let mut size = GroupSize::new(1);
        for _ in 0..2 {
            size.learn(0.5);
        }
        assert_eq!(size.images, 16);
        size.learn(300.0);
        assert_eq!(size.images, 4);
        size.learn(0.5);
        assert_eq!(size.images, 16);
    }

    #[test]
    fn bytes_close_a_group_too() {
        let size = GroupSize::new(8);
        assert!(!size.is_reached(7, 1 << 20));
        assert!(size.is_reached(8, 1 << 20));
        assert!(size.is_reached(1, 300 << 20));
    }
}
