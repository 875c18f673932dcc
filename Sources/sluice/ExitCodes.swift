import ArgumentParser
import Engine
import Glibc
import Places
import Report
import Run
import Schema
import Training
import Web

/// Exit codes as in sysexits.h.
extension ExitCode {
    static let usage = ExitCode(64)
    static let someQuarantined = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let internalError = ExitCode(70)
    static let cannotCreate = ExitCode(73)
    static let badConfiguration = ExitCode(78)
    static let interrupted = ExitCode(130)
}

/// Writes one line to standard error.
func printError(_ text: String) {
    Console.line("sluice: \(text)")
}

/// Runs a command's body and turns errors into a message and an exit code.
func reportingErrors(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let code as ExitCode {
        throw code
    } catch let faults as ConfigurationFaults {
        Console.line("\(faults)")
        throw ExitCode.badConfiguration
    } catch {
        printError("\(error)")
        throw exitCode(for: error)
    }
}

private func exitCode(for error: any Error) -> ExitCode {
    switch error {
    case let error as OneShotError:
        if case .noInput = error { .noInput } else { .usage }
    case let error as TrainingError:
        switch error {
        case .usage: .usage
        case .noInput: .noInput
        case .unavailable: .unavailable
        case .failed: .internalError
        }
    case let error as ReportError:
        if case .noInput = error { .noInput } else { .cannotCreate }
    case is MemoryCapError: .usage
    case is ShardProblem: .usage
    case is WorkerMissing, is WebAddressUnavailable: .unavailable
    case let fault as EngineFault:
        switch fault {
        case .workersUnavailable: .unavailable
        case .outputUnwritable, .inboxGone, .journal, .journalDamaged: .cannotCreate
        }
    default: .cannotCreate
    }
}
