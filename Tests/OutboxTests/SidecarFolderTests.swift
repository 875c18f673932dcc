import Glibc
import Jobs
import LinuxIO
import Pipeline
import Testing

@testable import Outbox

/// Sidecars that do not lie beside their renditions.
@Suite("Sidecars in a folder of their own")
struct SidecarFolderTests {
    private func publish(
        _ job: Publication, at sidecar: String, elsewhere: [String] = [], owned: Bool = false
    ) throws {
        try Publisher(outbox: job.outbox).publish(
            job.items, sidecar: job.mark, text: job.text, at: path(sidecar), from: job.staging, owned: owned,
            elsewhere: elsewhere.map { try path($0) }, overwrite: false)
    }

    @Test("the folder mirrors the inbox, whatever the route")
    func names() throws {
        func sidecar(_ place: SidecarRules.Place, _ folder: String?, _ route: String?) throws -> String {
            var pipeline = Pipeline(name: "web", renditions: [Rendition(name: "a", encoder: .png(PNG()))])
            pipeline.sidecar.place = place
            let names = try OutputNames.candidates(
                for: path("sub/a.jpg"), pipeline: pipeline, folder: folder.map { try path($0) },
                route: route.map { try path($0) })
            #expect(names.allSatisfy { $0.sidecar == names[0].sidecar })
            return names[0].sidecar.text
        }
        #expect(try sidecar(.folder("told/here"), nil, nil) == "told/here/sub/a.jpg.json")
        #expect(try sidecar(.folder("told"), "phone", "cat/2024") == "told/phone/sub/a.jpg.json")
        #expect(try sidecar(.hidden, "phone", nil) == ".sluice/sidecars/phone/sub/a.jpg.json")
        #expect(try sidecar(.beside, "phone", "cat") == "phone/cat/sub/a.jpg.json")
    }

    @Test(
        "published last, into folders that are made for it; again, nothing changes",
        arguments: ["told", ".sluice/sidecars"])
    func fresh(folder: String) throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try publish(job, at: "\(folder)/sub/a.jpg.json")
            var complete = try job.complete
            complete["\(folder)/sub/a.jpg.json"] = complete.removeValue(forKey: "sub/a.jpg.json")
            #expect(try job.outbox.tree() == complete)
            try publish(job, at: "\(folder)/sub/a.jpg.json")
            #expect(try job.outbox.tree() == complete && job.staging.list().isEmpty)
            var status = stat()
            #expect(stat("\(job.outbox.path)/\(folder)", &status) == 0)
            #expect((status.st_mode & 0o077 == 0) == folder.hasPrefix("."))
        }
    }

    @Test("before renditions are replaced, older sidecars with other paths are gone and the new place says so")
    func moved() throws {
        try withTemporaryDirectory { directory in
            let old = try Publication(directory, version: "old")
            try old.stage()
            try old.publish()
            var new = try Publication(directory, version: "new")
            new.owned = true
            try new.stage()
            try publish(new, at: "told/sub/a.jpg.json", elsewhere: ["sub/a.jpg.json", "never/was.json"])
            var complete = try new.complete
            complete["told/sub/a.jpg.json"] = complete.removeValue(forKey: "sub/a.jpg.json")
            #expect(try new.outbox.tree() == complete)
            #expect(try new.staging.list().isEmpty)
        }
    }

    @Test("where nothing is replaced, older sidecars stay until their results go")
    func untouched() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.outbox.write("{}", at: "old/sub/a.jpg.json")
            try publish(job, at: "told/sub/a.jpg.json", elsewhere: ["old/sub/a.jpg.json"])
            #expect(try job.outbox.tree()["old/sub/a.jpg.json"] == "{}")
        }
    }

    @Test("a file in the folder's place is nobody's to touch")
    func occupied() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.outbox.write("mine", at: "told")
            let error = #expect(throws: PublishError.self) { try publish(job, at: "told/sub/a.jpg.json") }
            guard case .occupied = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try job.outbox.tree()["told"] == "mine")
        }
    }
}
