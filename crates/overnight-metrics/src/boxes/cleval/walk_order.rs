//! The order in which the published program walks through regions.
//!
//! It keeps their numbers in a Python `set`, and the order of a set is that of its hash
//! table. With more than a quarter of the regions don't care the table may be smaller than the
//! largest number, and the order is then not ascending. It matters where several regions
//! share a box and have characters in common: the first takes them. This is the table of
//! CPython 3.7 to 3.13: open addressing in runs of 10, 8 places at first, quadrupled when three
//! fifths are taken.

/// The places of regions that are to be found, from whether each is don't care.
pub(super) fn of_asked(is_dont_care: impl Iterator<Item = bool>) -> Vec<usize> {
    let flags: Vec<bool> = is_dont_care.collect();
    let asked = (0..flags.len()).filter(|&place| !flags[place]);
    let n_dont_care = flags.iter().filter(|&&is_dont_care| is_dont_care).count();
    if flags.len() / 4 > n_dont_care {
        // The set is a copy, with a table that has a place for every number.
        asked.collect()
    } else {
        of(asked)
    }
}

/// The order of a set to which `numbers` are added one by one.
pub(super) fn of(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut table: Vec<Option<usize>> = vec![None; 8];
    let mut n = 0;
    for number in numbers {
        insert(&mut table, number);
        n += 1;
        if n * 5 >= (table.len() - 1) * 3 {
            let least = if n > 50_000 { n * 2 } else { n * 4 };
            let mut size = 8;
            while size <= least {
                size *= 2;
            }
            let mut larger = vec![None; size];
            for number in table.into_iter().flatten() {
                insert(&mut larger, number);
            }
            table = larger;
        }
    }
    table.into_iter().flatten().collect()
}

fn insert(table: &mut [Option<usize>], number: usize) {
    let mask = table.len() - 1;
    let (mut place, mut perturbation) = (number & mask, number);
    loop {
        let run = if place + 9 <= mask { 9 } else { 0 };
        if let Some(free) = (place..=place + run).find(|&place| table[place].is_none()) {
            table[free] = Some(number);
            return;
        }
        perturbation >>= 5;
        place = (place * 5 + 1 + perturbation) & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::of_asked;

    fn order(n: usize, asked: &[usize]) -> Vec<usize> {
        of_asked((0..n).map(|place| !asked.contains(&place)))
    }

    #[test]
    fn the_order_is_that_of_a_set_in_cpython() {
        // What `list(set(range(n)) - dont_care)` answers.
        assert_eq!(order(20, &[3, 9, 17]), [9, 3, 17]);
        assert_eq!(
            order(60, &[0, 8, 16, 31, 32, 33, 40, 59]),
            [0, 32, 33, 8, 40, 16, 59, 31]
        );
        assert_eq!(
            order(100, &[3, 12, 21, 30, 39, 48, 57, 66, 75, 84, 93]),
            [66, 3, 39, 75, 12, 48, 84, 21, 57, 93, 30]
        );
        let most: Vec<usize> = (0..40).filter(|place| place % 5 != 0).collect();
        assert_eq!(order(40, &most), most);
    }
}
