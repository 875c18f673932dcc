import CBuiltInModels
import Schema

// Models embedded in the binaries.
extension ModelDescription {
    /// The names that `model` can have in place of a file.
    static let builtInNames = ["kind"]

    /// SHA-256 of the file that `kind` is; a test compares.
    package static let kindDigest = "849a5fb3493ba341380899db8630fc7f2254e9f7eb88580ab41422c054218644"
    package static let kindLabels = ["blank", "document", "drawing", "photo", "screenshot"]

    /// A model that comes with Sluice; nil where there is none of that name.
    package static func builtIn(_ name: String) -> ModelDescription? {
        guard builtInNames.contains(name) else { return nil }
        var model = ModelDescription(file: "")
        model.description = "What kind of picture it is: \(kindLabels.joined(separator: ", "))."
        model.features = .descriptor
        // Without a path there is nothing to open.
        model.classifier = NamedFile(path: "", digest: kindDigest, bytes: UInt64(sluice_kind_model_bytes))
        model.labels = kindLabels
        return model
    }

    /// The linear classifier of the built-in model with this digest: the file's bytes.
    package static func builtInClassifier(digest: String) -> [UInt8]? {
        guard digest == kindDigest else { return nil }
        return Array(UnsafeBufferPointer(start: sluice_kind_model(), count: sluice_kind_model_bytes))
    }
}
