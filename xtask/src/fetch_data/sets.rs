//! The datasets that may be downloaded by anybody: where they are, what is known of their files, on what terms.
//!
//! Where a size or checksum is `None` or `Unknown`, nobody has published one and the file was not at hand to compute it.
//! Sums of the files on saliency.mit.edu, people.csail.mit.edu, vision.cs.stonybrook.edu, salicon's drive, figrim.mit.edu,
//! www-sop.inria.fr and cbs.ic.gatech.edu are those that pysaliency's and datadings' downloaders compare with; of the
//! files in repositories, those of copies at hand; of Saliency4ASD, Zenodo's.

use crate::{
    checksum::Checksum::{self, Md5, Sha256, Unknown},
    download::Item,
};

/// A dataset.
pub(super) struct Set {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Where its authors present it.
    pub(super) home: &'static str,
    /// On what terms it may be used, as far as its authors say.
    pub(super) terms: &'static str,
    pub(super) sources: &'static [Source],
}

/// A file to download, and what becomes of it.
pub(super) struct Source {
    pub(super) url: &'static str,
    pub(super) item: Item,
    pub(super) then: Then,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// It is put here as it is.
    Keep(&'static str),
    /// It is a zip, unpacked into this folder and removed.
    Unpack(&'static str),
    /// It is a zip of a repository: of its one folder, what begins with one of these is unpacked. The file has this sum.
    Repository { wanted: &'static [&'static str], file: &'static str, checksum: Checksum },
    /// It is an archive that only other programs unpack.
    Leave,
}

const NO_TERMS: &str = "Its authors state no licence that is known here. Ask them before you publish more than results, \
                        and cite them.";

const COCO: &str = "Its authors state no licence that is known here; the images are COCO's, with Flickr's terms.";

const MIT_LICENCE: &str = "MIT licence (the file LICENSE comes with it); cite the authors.";

const SALICON_IMAGES: Source = zip(
    "https://drive.usercontent.google.com/download?id=1g8j-hTT-51IG1UFwP0xTGhLdgIUCW5e5&export=download&confirm=t",
    "salicon-images.zip",
    Md5("eb2a1bb706633d1b31fc2e01422c5757"),
    "",
);

const SEARCH_TP: Source = zip(
    "http://vision.cs.stonybrook.edu/~cvlab_download/COCOSearch18-images-TP.zip",
    "COCOSearch18-images-TP.zip",
    Md5("4a815bb591cb463ab77e5ba0c68fedfb"),
    "",
);

const SEARCH_TA: Source = zip(
    "http://vision.cs.stonybrook.edu/~cvlab_download/COCOSearch18-images-TA.zip",
    "COCOSearch18-images-TA.zip",
    Md5("85af7d74fa57c202320fa5e7d0dcc187"),
    "",
);

pub(super) const SETS: &[Set] = &[
    Set {
        name: "osie",
        title: "OSIE (Xu et al. 2014): 700 images, 15 observers",
        home: "https://github.com/NUS-VIP/predicting-human-gaze-beyond-pixels",
        terms: MIT_LICENCE,
        sources: &[repository(
            "https://codeload.github.com/NUS-VIP/predicting-human-gaze-beyond-pixels/zip/refs/heads/master",
            "predicting-human-gaze-beyond-pixels.zip",
            &["data/stimuli/", "data/eye/", "LICENSE", "README"],
            "2aab9133a407e4eff3f57ab5799872b162dbc77ca462c0391762eb5e67deadb9",
        )],
    },
    Set {
        name: "eyecrowd",
        title: "EyeCrowd (Jiang et al. 2014): 500 images of crowds, 16 observers",
        home: "https://github.com/NUS-VIP/saliency-in-crowd",
        terms: MIT_LICENCE,
        sources: &[repository(
            "https://codeload.github.com/NUS-VIP/saliency-in-crowd/zip/refs/heads/master",
            "saliency-in-crowd.zip",
            &["data/stimuli/", "data/eye/", "LICENSE", "README"],
            "1403d47a2dd4b26c84d6e7fc31b03772f193bf5632141403894350cf7fff7749",
        )],
    },
    Set {
        name: "mit1003",
        title: "MIT1003 (Judd et al. 2009): 1003 images, raw gaze of 15 observers",
        home: "https://people.csail.mit.edu/tjudd/WherePeopleLook/",
        terms: NO_TERMS,
        sources: &[
            zip(
                "http://people.csail.mit.edu/tjudd/WherePeopleLook/ALLSTIMULI.zip",
                "ALLSTIMULI.zip",
                Md5("0d7df8b954ecba69b6796e77b9afe4b6"),
                "",
            ),
            zip(
                "http://people.csail.mit.edu/tjudd/WherePeopleLook/DATA.zip",
                "DATA.zip",
                Md5("ea19d74ad0a0144428c53e9d75c2d71c"),
                "",
            ),
        ],
    },
    Set {
        name: "mit300",
        title: "MIT300 (Judd et al. 2012): the benchmark's 300 images; their fixations are not public",
        home: "http://saliency.mit.edu/results_mit300.html",
        terms: NO_TERMS,
        sources: &[zip(
            "http://saliency.mit.edu/BenchmarkIMAGES.zip",
            "BenchmarkIMAGES.zip",
            Md5("03ed32bdf5e4289950cd28df89451260"),
            "",
        )],
    },
    Set {
        name: "cat2000",
        title: "CAT2000, training set (Borji & Itti 2015): 2000 images of 20 categories, 18 observers",
        home: "http://saliency.mit.edu/results_cat2000.html",
        terms: NO_TERMS,
        sources: &[zip(
            "http://saliency.mit.edu/trainSet.zip",
            "trainSet.zip",
            Md5("56ad5c77e6c8f72ed9ef2901628d6e48"),
            "",
        )],
    },
    Set {
        name: "toronto",
        title: "Toronto (Bruce & Tsotsos 2007): 120 images, 20 observers",
        home: "http://www-sop.inria.fr/members/Neil.Bruce/#SOURCECODE",
        terms: NO_TERMS,
        sources: &[zip(
            "http://www-sop.inria.fr/members/Neil.Bruce/eyetrackingdata.zip",
            "eyetrackingdata.zip",
            Md5("38d5c02217060d4d2d1a4649cc632af1"),
            "",
        )],
    },
    Set {
        name: "figrim",
        title: "FIGRIM (Bylinskii et al. 2015): 630 targets and 2157 fillers of a memory experiment",
        home: "http://figrim.mit.edu/index_eyetracking.html",
        terms: NO_TERMS,
        sources: &[
            keep(
                "https://github.com/cvzoya/figrim/raw/master/targetData/allImages_release.mat",
                "allImages_release.mat",
                Md5("c72843b05e95ab27594c1d11c849c897"),
                "targetData/allImages_release.mat",
            ),
            keep(
                "https://github.com/cvzoya/figrim/raw/master/fillerData/allImages_fillers.mat",
                "allImages_fillers.mat",
                Md5("ce4f8b4961005d62f7a21191a64cab5e"),
                "fillerData/allImages_fillers.mat",
            ),
            zip("http://figrim.mit.edu/Targets.zip", "Targets.zip", Md5("2ad3a42ebc377efe4b39064405568201"), ""),
            zip("http://figrim.mit.edu/Fillers.zip", "Fillers.zip", Md5("dc0bc9561b5bc90e158ec32074dd1060"), ""),
        ],
    },
    Set {
        name: "salicon-2017",
        title: "SALICON (Jiang et al. 2015), release of 2017: 20,000 images of COCO, gaze by mouse",
        home: "http://salicon.net/challenge-2017/",
        terms: COCO,
        sources: &[
            SALICON_IMAGES,
            zip(
                "https://drive.usercontent.google.com/download?id=1P-jeZXCsjoKO79OhFUgnj6FGcyvmLDPj&export=download&confirm=t",
                "salicon-fixations-2017.zip",
                Md5("462b70f4f9e8ea446ac628e46cea8d3d"),
                "fixations",
            ),
        ],
    },
    Set {
        name: "salicon-2015",
        title: "SALICON (Jiang et al. 2015), release of 2015",
        home: "http://salicon.net/challenge-2015/",
        terms: COCO,
        sources: &[
            SALICON_IMAGES,
            zip(
                "https://drive.usercontent.google.com/download?id=1WVEiXba-I4GN33f0uUl4KhaN1rK7qzs6&export=download&confirm=t",
                "salicon-fixations-2015.zip",
                Md5("9a22db9d718200fb90252e5010c004c4"),
                "fixations",
            ),
        ],
    },
    Set {
        name: "coco-freeview",
        title: "COCO-FreeView (Chen et al. 2022): the images of COCO-Search18 looked at freely, 10 observers",
        home: "https://sites.google.com/view/cocosearch/coco-freeview",
        terms: COCO,
        sources: &[
            keep(
                "http://vision.cs.stonybrook.edu/~cvlab_download/COCOFreeView_fixations_trainval.json",
                "COCOFreeView_fixations_trainval.json",
                Md5("c7f2fbc92afbe55d4dedc445ac2063d3"),
                "COCOFreeView_fixations_trainval.json",
            ),
            SEARCH_TP,
            SEARCH_TA,
        ],
    },
    Set {
        name: "coco-search18",
        title: "COCO-Search18 (Chen et al. 2021): visual search on images of COCO, 10 observers",
        home: "https://sites.google.com/view/cocosearch/home",
        terms: COCO,
        sources: &[
            zip(
                "http://vision.cs.stonybrook.edu/~cvlab_download/COCOSearch18-fixations-TP.zip",
                "COCOSearch18-fixations-TP.zip",
                Md5("bfcf4c005a89c43a1719b28b028c5499"),
                "",
            ),
            keep(
                "http://vision.cs.stonybrook.edu/~cvlab_download/coco_search18_fixations_TA_trainval.json",
                "coco_search18_fixations_TA_trainval.json",
                Md5("bd491cce105ff6470536afdab1184776"),
                "coco_search18_fixations_TA_trainval.json",
            ),
            SEARCH_TP,
            SEARCH_TA,
        ],
    },
    Set {
        name: "pascal-s",
        title: "PASCAL-S (Li et al. 2014): 850 images, 8 to 12 observers",
        home: "http://cbs.ic.gatech.edu/salobj/",
        terms: NO_TERMS,
        sources: &[zip(
            "http://cbs.ic.gatech.edu/salobj/download/salObj.zip",
            "salObj.zip",
            Md5("e48b4e5deac08bddcaec55ce56e4d420"),
            "",
        )],
    },
    Set {
        name: "saliency4asd",
        title: "Saliency4ASD (Duan et al. 2019): 300 images, 14 children with autism and 14 without",
        home: "https://zenodo.org/records/2647418",
        terms: "For research, under the agreement in UsageAgreement.txt, which is in the archive.",
        sources: &[Source {
            url: "https://zenodo.org/records/2647418/files/TrainingDataset.rar?download=1",
            item: item("TrainingDataset.rar", Md5("5ac8ddf53f858afea794bda97efb7f67")),
            then: Then::Leave,
        }],
    },
];

const fn item(name: &'static str, checksum: Checksum) -> Item {
    Item { name, path: name, bytes: None, checksum }
}

const fn zip(url: &'static str, name: &'static str, checksum: Checksum, into: &'static str) -> Source {
    Source { url, item: item(name, checksum), then: Then::Unpack(into) }
}

const fn keep(url: &'static str, name: &'static str, checksum: Checksum, at: &'static str) -> Source {
    Source { url, item: item(name, checksum), then: Then::Keep(at) }
}

/// GitHub makes these archives when they are asked for, so only what is in them has a sum.
const fn repository(
    url: &'static str,
    name: &'static str,
    wanted: &'static [&'static str],
    sha256: &'static str,
) -> Source {
    let then = Then::Repository { wanted, file: "data/eye/fixations.mat", checksum: Sha256(sha256) };
    Source { url, item: item(name, Unknown), then }
}
