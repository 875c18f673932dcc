import Admission
import Glibc
import Journal
import LinuxIO
import Pipeline
import Text

// The directories: writes a minimal probe to each, under a name that inboxes ignore, and removes it at once.
extension DoctorReport {
    mutating func look(at place: Doctor.Places) {
        for inbox in place.inboxes { look(atInbox: inbox) }
        let outbox = look(at: place.outbox, called: "outbox")
        if let outbox { _ = lookAtTraits(of: outbox, called: "outbox") }
        let staging = look(at: place.staging, called: "staging")
        let archive = place.archive.flatMap { look(at: $0, called: "archive") }
        let quarantine = look(at: place.quarantine, called: "quarantine")
        if let staging, let outbox { tryRename("staging → outbox", from: staging, to: outbox, isVital: true) }
        for inbox in place.inboxes {
            guard let directory = try? Directory.open(path: inbox.path) else { continue }
            for (name, target) in [("archive", archive), ("quarantine", quarantine)] {
                guard let target, name == "quarantine" || inbox.after == .archive else { continue }
                tryRename("\(inbox.name) → \(name)", from: directory, to: target, isVital: false)
            }
        }
        look(atJournal: place.journal)
        if let staging { lookForSupervisor(in: staging) }
    }

    private mutating func look(atInbox inbox: Doctor.Places.Inbox) {
        let name = "inbox \(inbox.name)"
        guard let directory = look(at: inbox.path, called: name, readsOnly: inbox.after == .keep) else { return }
        if let status = try? FileStatus.of(directory.descriptor) {
            let permissions = InboxPermissions(mode: status.mode)
            let mode = String(status.mode & 0o7777, radix: 8)
            let called = "\(name) rights"
            if let advice = permissions.advice(directory.path) {
                warn(.directories, called, "\(mode): \(permissions.words)", advice: advice)
            } else {
                add(.directories, called, "\(mode): \(permissions.words)")
            }
        }
        let traits = inbox.after == .keep ? nil : lookAtTraits(of: directory, called: name)
        lookForWriters(in: directory, called: name, traits ?? (try? FileSystemTraits.probe(directory)))
        if access(inbox.path, R_OK | X_OK) != 0 {
            fault(
                .directories, name, "\(directory.path) cannot be listed", .unwritable,
                advice: "make it readable for the service's user")
        }
    }

    /// - Returns: the directory, where it is there and could be written to.
    private mutating func look(at path: String, called name: String, readsOnly: Bool = false) -> Directory? {
        let directory: Directory
        do {
            directory = try Directory.open(path: path)
        } catch let error as SystemCallError where error.errno == ENOENT {
            lookAbove(path, called: name)
            return nil
        } catch {
            fault(.directories, name, "\(error)", .unwritable, advice: "make it a directory that this user can open")
            return nil
        }
        do {
            try withProbe(in: directory) { file in
                try Array("sluice".utf8).withUnsafeBytes { try file.writeAll($0, subject: path) }
                try file.sync(subject: path)
            }
            try directory.sync()
        } catch let error as SystemCallError {
            if readsOnly {
                warn(
                    .directories, name, "\(path) cannot be written to: \(reason(error))",
                    advice: "sources that fail stay in it instead of going to quarantine")
                return directory
            }
            fault(
                .directories, name, "\(path) cannot be written to: \(reason(error))", .unwritable,
                advice: advice(for: error))
            return nil
        } catch {
            fault(.directories, name, "\(error)", .unwritable, advice: "check the disk's health")
            return nil
        }
        reportFreeSpace(in: directory, name)
        return directory
    }

    /// What is not there yet is made at the first start, if that is allowed.
    private mutating func lookAbove(_ path: String, called name: String) {
        var above = path
        repeat {
            above = above.lastIndex(of: "/").map { $0 == above.startIndex ? "/" : String(above[..<$0]) } ?? "."
        } while above != "/" && above != "." && access(above, F_OK) != 0
        if access(above, W_OK | X_OK) == 0 {
            add(.directories, name, "\(path) does not exist yet and will be created")
        } else {
            fault(
                .directories, name, "\(path) does not exist and cannot be created in \(above)", .unwritable,
                advice: "create it, and make it writable for the service's user")
        }
    }

    private mutating func reportFreeSpace(in directory: Directory, _ name: String) {
        var room = statvfs()
        let mount = realPath(directory.path).flatMap { Mount.holding($0) }
        let written = "\(directory.path): written and synced\(mount.map { ", \($0.type)" } ?? "")"
        if let mount, mount.isUnknownProgram {
            warn(
                .directories, name,
                "\(directory.path) is on a FUSE file system (\(mount.type), \(mount.point)), local or remote",
                advice: "inotify does not see what other machines write to it: a local kernel file system "
                    + "is better")
        } else if let mount, mount.isRemote {
            warn(
                .directories, name, "\(directory.path) is on a network file system (\(mount.type), \(mount.point))",
                advice:
                    "inotify does not see what other machines do, locks work only if the server supports them, and each "
                    + "journal must belong to one machine: use a local disk for everything but shards' outboxes")
        } else if let mount, mount.isMemory, name != "staging" {
            warn(
                .directories, name, "\(directory.path) is in memory (\(mount.type), \(mount.point))",
                advice: "its contents are lost when the machine restarts: use a disk for what should last")
        }
        guard fstatvfs(directory.descriptor.number, &room) == 0 else {
            return add(.directories, name, written)
        }
        let bytes = UInt64(room.f_bavail) * UInt64(room.f_frsize)
        // Some file systems make inodes as they need them, and say 0.
        let inodes = room.f_files == 0 ? "" : " and \(room.f_favail) inodes"
        let words = "\(written), \(mebibytes(bytes))\(inodes) free"
        if bytes < 256 << 20 || (room.f_files != 0 && room.f_favail < 1000) {
            warn(
                .directories, name, words,
                advice:
                    "free some space: when it is full Sluice pauses, loses nothing, and resumes when there is room again"
            )
        } else {
            add(.directories, name, words)
        }
    }

    /// Two mounts of one file system refuse a rename with EXDEV, whatever their device numbers say: only a rename tells.
    private mutating func tryRename(_ name: String, from: Directory, to: Directory, isVital: Bool) {
        let probe = probeName()
        do {
            _ = try from.createFile(probe, mode: 0o600)
        } catch {
            // That it cannot be written to has been said.
            return
        }
        do {
            try from.rename(probe, to: to, probe, replacing: false)
            try to.unlink(probe)
            add(.directories, name, "atomic, by rename")
        } catch {
            try? from.unlink(probe)
            try? to.unlink(probe)
            let isElsewhere = (error as? SystemCallError)?.errno == EXDEV
            if isVital {
                fault(
                    .directories, name, isElsewhere ? "on different file systems or mounts" : "\(error)", .unwritable,
                    advice: "put both under one mount: results must appear atomically")
            } else if isElsewhere {
                warn(
                    .directories, name, "on different file systems or mounts: copied, verified, then removed",
                    advice: "safe, but slower than a rename: put them under one mount if you can")
            } else {
                fault(.directories, name, "\(error)", .unwritable, advice: "check the permissions of both")
            }
        }
    }

    private mutating func look(atJournal path: String) {
        guard access(path, F_OK) == 0 else { return add(.directories, "journal", "\(path) does not exist yet") }
        do {
            let examination = try Journal.examine(path: path)
            if let damage = examination.damage {
                return fault(
                    .directories, "journal", "\(path) is damaged: \(damage)", .unwritable,
                    advice: "start Sluice: it sets the journal aside and creates a new one")
            }
            guard examination.isWriteAheadLog else {
                return warn(
                    .directories, "journal", "\(path) is not in WAL mode",
                    advice:
                        "the next start switches it to WAL mode; if that fails, it is on a network file system: move it"
                )
            }
            add(
                .directories, "journal",
                "\(path): WAL, intact, \(counted(examination.jobs, "job")); written with synchronous=FULL"
            )
        } catch {
            warn(
                .directories, "journal", "\(path) cannot be read: \(error)",
                advice: "make it readable and writable for the service's user")
        }
    }

    /// Who holds the lock of staging, as the kernel lists it: trying it would take it.
    private mutating func lookForSupervisor(in staging: Directory) {
        guard let status = try? staging.stat(Array("lock".utf8)), let process = lockHolder(inode: status.inode) else {
            return add(.directories, "supervisor", "not running here")
        }
        add(.directories, "supervisor", "running here (process \(process))")
    }
}

private func lockHolder(inode: UInt64) -> Int? {
    guard let file = fopen("/proc/locks", "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
        // 1: FLOCK  ADVISORY  WRITE 709 00:2c:1234 0 EOF
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace)
        guard fields.count > 5, fields[1] == "FLOCK", fields[5].hasSuffix(":\(inode)") else { continue }
        return Int(fields[4])
    }
    return nil
}

/// Hidden, so that no inbox takes it.
private func probeName() -> [UInt8] { Array(".sluice-doctor-\(uniqueRandomHex(8))".utf8) }

private func withProbe(in directory: Directory, _ body: (Descriptor) throws -> Void) throws {
    let name = probeName()
    let file = try directory.createFile(name, mode: 0o600)
    defer { try? directory.unlink(name) }
    try body(file)
}

private func reason(_ error: SystemCallError) -> String { String(cString: strerror(error.errno)) }

private func advice(for error: SystemCallError) -> String {
    switch error.errno {
    case ENOSPC, EDQUOT: "free some space; Sluice waits until there is room"
    case EROFS: "remount it read-write (dmesg shows whether the kernel made it read-only after a fault)"
    case EACCES, EPERM: "make it writable for the service's user"
    default: "check the disk's health"
    }
}
