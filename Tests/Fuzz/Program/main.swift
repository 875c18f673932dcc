// One program for all targets: SLUICE_FUZZ_TARGET names the one to run, and the arguments are libFuzzer's. Without a
// name it lists them, one a line: name, the most bytes that an input has, and the endings of the names of seeds.
import CLibFuzzer
import FuzzTargets
import Glibc

func complain(_ text: String) {
    let line = Array("fuzz: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

guard let name = getenv("SLUICE_FUZZ_TARGET").map({ String(cString: $0) }) else {
    for target in FuzzTarget.all {
        print("\(target.name) \(target.mostBytes) \(target.seeds.joined(separator: ","))")
    }
    exit(0)
}
guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    complain("there is no target '\(name)'")
    exit(64)
}

// Seeds that only the program itself can make.
if let folder = getenv("SLUICE_FUZZ_SEEDS").map({ String(cString: $0) }) {
    for (name, bytes) in try target.madeSeeds() {
        guard let file = fopen("\(folder)/made-\(name)", "w") else { exit(74) }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }
    exit(0)
}

/// libFuzzer calls a plain function, which captures nothing.
nonisolated(unsafe) var running: FuzzTarget = target

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        do {
            try running.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
        } catch {
            // Caught by libFuzzer, which keeps the input.
            complain("\(running.name): \(error)")
            abort()
        }
        return 0
    })
