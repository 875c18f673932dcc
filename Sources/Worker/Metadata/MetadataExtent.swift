import Pipeline

/// How much of one block of metadata a rendition carries.
enum MetadataExtent {
    case nothing
    /// Who made the picture and whose it is.
    case copyrightOnly
    case whole(MetadataCuts)

    init(of block: MetadataPolicy.Block, policy: MetadataPolicy) {
        if policy.keeps(block) {
            self = .whole(
                MetadataCuts(
                    gps: !policy.keepsGPS || policy.drop.contains(.gps), copyright: policy.drop.contains(.copyright)))
        } else {
            self = policy.keepsCopyright ? .copyrightOnly : .nothing
        }
    }
}

/// What is cut out of a block that is otherwise kept whole.
struct MetadataCuts {
    var gps: Bool
    var copyright: Bool
}
