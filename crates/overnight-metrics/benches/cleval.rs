//! How long CLEval takes by boxes a page.

use divan::{Bencher, black_box};
use overnight_metrics::Random;
use overnight_metrics::boxes::{Cleval, Outline, TextBox};

fn main() {
    divan::main();
}

/// A page of `n` slightly slanted lines in two columns, and what a detector may make of them.
fn page(n: usize) -> (Vec<TextBox>, Vec<TextBox>) {
    let mut random = Random::new(1);
    let mut found = Vec::new();
    let regions = (0..n)
        .map(|index| {
            let (x, y) = ((index % 2 * 500) as f64, (index / 2 * 30) as f64);
            let text: String = (0..20)
                .map(|_| char::from(b'a' + random.below(26) as u8))
                .collect();
            let off = random.below(5) as f64;
            let quad = |off: f64| {
                let (right, bottom) = (x + 400.0 + off, y + 20.0 + off);
                Outline::Quad([
                    [x + off, y],
                    [right, y + 3.0],
                    [right, bottom + 3.0],
                    [x, bottom],
                ])
            };
            found.push(TextBox::new(quad(off), text.replace('e', "c")));
            TextBox::new(quad(0.0), text)
        })
        .collect();
    (regions, found)
}

#[divan::bench(args = [60, 600])]
fn end_to_end(bencher: Bencher<'_, '_>, n: usize) {
    let (gt, found) = page(n);
    let cleval = Cleval {
        case_sensitive: true,
        end_to_end: true,
    };
    bencher.bench(|| cleval.page(black_box(&gt), black_box(&found)));
}
