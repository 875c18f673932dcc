import LinuxIO

#if DEBUG
    import CAllocator
    import Glibc
    import LinuxIO

    /// `--try allocate:MEMORY,SPILL,FROM,BLOCK,COUNT[,DIRECTORY]` (mebibytes; FROM 0 for none): under that grant takes
    /// COUNT blocks of BLOCK MiB, fills each, checks them all, changes some by realloc, gives them back, and says what
    /// became of it: how many it got, whether their contents held, the usage, what was anonymous meanwhile, and what
    /// was left afterwards. `--try allocate:shuffle,DIRECTORY` does a long row of mixed calls of the whole family from
    /// four threads and says whether every block kept what was written to it. `--try
    /// allocate:small,MEMORY,BYTES,COUNT,DIRECTORY` takes COUNT blocks of BYTES bytes under a grant of MEMORY MiB.
    /// `--try allocate:zeros,DIRECTORY` writes to a block in the file, gives it back, and looks whether what calloc
    /// gives then is zeros.
    func tryAllocator(_ detail: String) -> String {
        let parts = detail.split(separator: ",").map(String.init)
        if parts.first == "shuffle", parts.count == 2 { return shuffle(in: parts[1]) }
        if parts.first == "zeros", parts.count == 2 { return zeros(in: parts[1]) }
        if parts.first == "small", parts.count == 5 {
            return small(parts[1...3].map { Int($0) ?? 0 }, in: parts[4])
        }
        let numbers = parts.prefix(5).compactMap { UInt64($0) }
        guard numbers.count == 5 else { return "what?" }
        let directory = parts.count > 5 ? open(parts[5], O_DIRECTORY | O_RDONLY | O_CLOEXEC) : -1
        let before = anonymousMemory() ?? 0
        sluice_begin_grant(
            sluice_grant(
                memory: numbers[0] << 20, spill: numbers[1] << 20,
                spills_from: numbers[2] == 0 ? .max : numbers[2] << 20, directory: directory))
        let bytes = Int(numbers[3] << 20)
        var blocks: [UnsafeMutableRawPointer] = []
        for index in 0..<Int(numbers[4]) {
            guard let block = malloc(bytes) else { break }
            memset(block, Int32(index % 251) + 1, bytes)
            blocks.append(block)
        }
        let held = (anonymousMemory() ?? 0) &- before
        let usage = sluice_grant_usage()
        var isWhole = true
        for (index, block) in blocks.enumerated() {
            let value = UInt8(index % 251) + 1
            let content = UnsafeRawBufferPointer(start: block, count: bytes)
            isWhole = isWhole && content.first == value && content[bytes / 2] == value && content.last == value
        }
        for block in blocks { free(block) }
        let left = (anonymousMemory() ?? 0) &- before
        let files = openFileCount(below: directory)
        sluice_end_grant()
        return "got \(blocks.count) whole \(isWhole) memory \(usage.memory >> 20) spilled \(usage.spilled >> 20) "
            + "refusals \(usage.refusals) error \(usage.spill_error) held \(Int64(bitPattern: held) >> 20) "
            + "left \(Int64(bitPattern: left) >> 20) names \(files)"
    }

    /// Names in the directory: a spill file has none.
    private func openFileCount(below directory: Int32) -> Int {
        guard directory >= 0, let list = fdopendir(dup(directory)) else { return 0 }
        defer { closedir(list) }
        var count = -2
        while readdir(list) != nil { count += 1 }
        return count
    }

    private func small(_ numbers: [Int], in path: String) -> String {
        let directory = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC)
        let before = anonymousMemory() ?? 0
        sluice_begin_grant(
            sluice_grant(memory: UInt64(numbers[0]) << 20, spill: 1 << 30, spills_from: .max, directory: directory))
        // A list through the blocks themselves: an array of them would be a large block.
        var last: UnsafeMutableRawPointer?
        var count = 0
        while count < numbers[2], let block = malloc(numbers[1]) {
            memset(block, 1, numbers[1])
            block.storeBytes(of: last, as: UnsafeMutableRawPointer?.self)
            last = block
            count += 1
        }
        let usage = sluice_grant_usage()
        // Measuring takes memory, too.
        sluice_end_grant()
        let held = (anonymousMemory() ?? 0) &- before
        while let block = last {
            last = block.load(as: UnsafeMutableRawPointer?.self)
            free(block)
        }
        return "got \(count) held \(Int64(bitPattern: held) >> 20) spilled \(usage.spilled >> 20) "
            + "refusals \(usage.refusals)"
    }

    private func zeros(in path: String) -> String {
        let directory = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC)
        sluice_begin_grant(sluice_grant(memory: 0, spill: 1 << 30, spills_from: 1, directory: directory))
        defer { sluice_end_grant() }
        let bytes = 1 << 20
        // A second one, so that the file is not recreated in between.
        guard let kept = malloc(bytes), let block = malloc(bytes) else { return "got nothing" }
        memset(block, 1, bytes)
        free(block)
        guard let again = calloc(1, bytes) else { return "got nothing" }
        let isZero = UnsafeRawBufferPointer(start: again, count: bytes).allSatisfy { $0 == 0 }
        free(again)
        free(kept)
        return "zeros \(isZero) same \(again == block)"
    }

    private func shuffle(in path: String) -> String {
        let directory = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC)
        sluice_begin_grant(sluice_grant(memory: 8 << 20, spill: 1 << 30, spills_from: .max, directory: directory))
        var threads: [pthread_t] = []
        nonisolated(unsafe) let faults = UnsafeMutablePointer<Int>.allocate(capacity: 4)
        for index in 0..<4 {
            faults[index] = -1
            var thread = pthread_t()
            let argument = UnsafeMutableRawPointer(faults + index)
            if pthread_create(&thread, nil, { shuffleOnThread($0) }, argument) == 0 { threads.append(thread) }
        }
        for thread in threads { pthread_join(thread, nil) }
        let sum = (0..<4).reduce(0) { $0 + faults[$1] }
        let usage = sluice_grant_usage()
        sluice_end_grant()
        return "faults \(sum) spilled \(usage.spilled > 0) refusals \(usage.refusals)"
    }

    private func shuffleOnThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let result = argument?.assumingMemoryBound(to: Int.self) else { return nil }
        var state = UInt64(UInt(bitPattern: argument)) | 1
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        struct Block {
            var start: UnsafeMutableRawPointer
            var bytes: Int
            var value: UInt8
        }
        var blocks: [Block] = []
        var faults = 0
        func check(_ block: Block) {
            let content = UnsafeRawBufferPointer(start: block.start, count: block.bytes)
            for index in stride(from: 0, to: block.bytes, by: 997) where content[index] != block.value { faults += 1 }
            if malloc_usable_size(block.start) < block.bytes { faults += 1 }
        }
        for round in 0..<3000 {
            // Around the border between small and large.
            let bytes = random(4) == 0 ? 1 + random(2 << 20) : 1 + random(300 << 10)
            switch random(8) {
            case 0..<3 where blocks.count < 24:
                let value = UInt8(truncatingIfNeeded: round | 1)
                var start: UnsafeMutableRawPointer?
                let alignment = 16 << random(8)
                switch random(4) {
                case 0: start = malloc(bytes)
                case 1:
                    start = calloc(1, bytes)
                    if let start, UnsafeRawBufferPointer(start: start, count: bytes).contains(where: { $0 != 0 }) {
                        faults += 1
                    }
                case 2: posix_memalign(&start, alignment, bytes)
                default: start = aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
                }
                guard let start else {
                    faults += 1
                    continue
                }
                memset(start, Int32(value), bytes)
                blocks.append(Block(start: start, bytes: bytes, value: value))
            case 3 where !blocks.isEmpty:
                let index = random(blocks.count)
                guard let moved = realloc(blocks[index].start, bytes) else {
                    faults += 1
                    continue
                }
                let kept = min(bytes, blocks[index].bytes)
                check(Block(start: moved, bytes: kept, value: blocks[index].value))
                memset(moved, Int32(blocks[index].value), bytes)
                blocks[index].start = moved
                blocks[index].bytes = bytes
            default:
                guard !blocks.isEmpty else { continue }
                let block = blocks.remove(at: random(blocks.count))
                check(block)
                free(block.start)
            }
        }
        for block in blocks {
            check(block)
            free(block.start)
        }
        result.pointee = faults
        return nil
    }
#endif
