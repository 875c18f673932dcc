import Conditions
import ImageHeader
import Jobs

extension ConditionFacts {
    /// What a header tells for sure of what a decoder will say.
    init(_ header: PictureHeader) {
        self.init()
        format = header.original ?? header.format
        pages = header.pages.map { header.pictures.isEmpty ? $0 : header.pictures.count }
        // How it is turned may stand elsewhere in the file.
        if header.original == .raw && header.orientation == nil { return }
        switch header.format {
        case .jpeg, .tiff:
            let isSwapped = (header.orientation ?? 1) > 4
            width = isSwapped ? header.decodedHeight : header.decodedWidth
            height = isSwapped ? header.decodedWidth : header.decodedHeight
        case .gif, .heif, .avif, .jxl, .bmp, .pnm: (width, height) = (header.decodedWidth, header.decodedHeight)
        // Its size is known once it is opened.
        case .raw: break
        // Their orientation lies behind the picture.
        case .png, .webp:
            if header.decodedWidth == header.decodedHeight { (width, height) = (header.width, header.height) }
        }
        if header.format == .jpeg { hasAlpha = false }
    }
}
