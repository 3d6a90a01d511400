//! The section about scanpaths on a page that a study made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{fs, path::Path};

use gaze_data::Dataset;
use gaze_study::{Model, ModelOptions, Plan, Silent, Study, StudyFolder, finish, metrics::Metric};

/// Observers in groups of these names, four in each, on four pictures of 100 × 80 pixels.
fn page(folder: &Path, groups: &[&str], scanpaths: bool) -> String {
    let data = folder.join("data");
    fs::create_dir_all(data.join("images")).unwrap();
    let mut table = String::from("image,group,subject,x,y,duration_ms\n");
    for image in 0..4usize {
        let shade = u8::try_from(40 * image).unwrap();
        let picture = image::RgbImage::from_fn(100, 80, |x, _| image::Rgb([shade, u8::try_from(x).unwrap(), 9]));
        picture.save(data.join(format!("images/{image}.png"))).unwrap();
        for (group, name) in groups.iter().enumerate() {
            for observer in 4 * group..4 * group + 4 {
                for fixation in 0..7 {
                    let spread =
                        |by: usize| (17 * observer + 31 * image + by * fixation * (fixation + observer + 3)) % 40;
                    let (x, y, duration) = (spread(7) + 50 * (group % 2), 2 * spread(11), 120 + 5 * spread(13));
                    table += &format!("{image}.png,{name},o{observer},{x},{y},{duration}\n");
                }
            }
        }
    }
    fs::write(data.join("fixations.csv"), table).unwrap();
    let dataset = Dataset::open(&data, None).unwrap();
    let models = vec![Model::open(&"uniform".parse().unwrap(), &ModelOptions::default(), Some(&dataset)).unwrap()];
    let mut plan = Plan::new(&dataset, &models).unwrap();
    (plan.metrics, plan.save, plan.scanpaths) = (vec![Metric::Nss], Vec::new(), scanpaths);
    let study = Study::new(dataset, models, plan).unwrap();
    let out = StudyFolder::claim(&folder.join("out"), study.plan(), false).unwrap();
    study.run(&out, None, &Silent).unwrap();
    let summary = finish(&out).unwrap();
    gaze_report::html(&out, &summary).unwrap()
}

#[test]
fn groups_are_compared_described_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), &["<b>A", "B"], true);
    assert!(page.contains("<h2 id=\"scanpaths\"") && page.contains("href=\"#scanpaths\""));
    assert!(page.contains("Likeness within and between groups") && page.contains("Told rightly"));
    assert!(page.contains("the labels of groups are shuffled among observers"));
    // Two outlines in the polar plot, two lines in each course, four stimuli with a matrix each.
    assert_eq!(page.matches("class=\"polar l").count(), 2);
    assert_eq!(page.matches("class=\"curve l").count(), 4);
    assert_eq!(page.matches("<div class=\"matrix\">").count(), 4);
    // Eight scanpaths on each, with a picture below.
    assert_eq!(page.matches("class=\"first\"").count(), 4 * 8);
    assert!(page.contains("href=\"data:image/jpeg;base64,"));
    assert!(!page.contains("<b>A") && !page.contains("NaN") && !page.contains(">inf"));
}

#[test]
fn one_group_is_described_and_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), &["all"], true);
    assert!(page.contains("Likeness within groups") && !page.contains("Told rightly"));
    assert!(page.contains("over observers, each being the mean of its scanpaths"));
}

#[test]
fn a_page_without_scanpaths_does_not_mention_them() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!page(folder.path(), &["A", "B"], false).contains("id=\"scanpaths\""));
}
