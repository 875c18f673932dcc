import Foundation

/// Test data that lies beside the checkout, or where `SLUICE_SHARED` says. None of it belongs to the project, and every
/// test that needs it is skipped where it is absent.
enum SharedData {
    static func directory(_ name: String) -> String? {
        let root =
            ProcessInfo.processInfo.environment["SLUICE_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../../shared")
            .standardizedFileURL.path
        let path = "\(root)/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
