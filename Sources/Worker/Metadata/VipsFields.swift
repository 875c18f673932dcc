package import Pipeline

/// Which of libvips' metadata fields go before a rendition is saved: all but the colour profile, where it is kept, and
/// what describes the pixels or the animation.
///
/// EXIF goes too, always: libvips 8.14.1 writes it anew from its `exif-ifd…` fields, or makes one up, so it is put into
/// the finished file by `replaceExif`. What is kept of XMP and IPTC is attached again after rewriting.
package func fieldsToRemove(names: [String], policy: MetadataPolicy) -> [String] {
    names.filter { name in
        name == "icc-profile-data" ? !policy.keeps(.icc) : !structuralFields.contains(name)
    }
}

private let structuralFields: Set<String> = [
    "page-height", "n-pages", "loop", "delay", "gif-delay", "gif-loop", "gif-palette", "background",
    "palette-bit-depth", "bits-per-sample", "interlaced", "vips-sequential",
]
