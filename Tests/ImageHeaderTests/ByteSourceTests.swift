import ByteReading
import Glibc
import ImageHeader
import Testing

@Suite("Reading from descriptors")
struct ByteSourceTests {
    @Test("a file is read where it is, without moving its offset")
    func descriptor() throws {
        let file = try #require(tmpfile())
        defer { fclose(file) }
        let bytes = PNGSample.file()
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fflush(file)
        let descriptor = fileno(file)
        #expect(lseek(descriptor, 5, SEEK_SET) == 5)

        let source = DescriptorBytes(descriptor)
        #expect(try source.read(at: 1, count: 3) == ascii("PNG"))
        #expect(try source.read(at: UInt64(bytes.count - 2), count: 100).count == 2)
        #expect(try source.read(at: 1 << 40, count: 8).isEmpty)
        #expect(try source.read(at: .max, count: 8).isEmpty)
        #expect(try readHeader(source) == readHeader(MemoryBytes(bytes)))
        #expect(lseek(descriptor, 0, SEEK_CUR) == 5)
    }

    @Test("a read that the system refuses is told apart from damage")
    func refused() {
        #expect(throws: HeaderError.unreadable(errno: EBADF)) { try readHeader(DescriptorBytes(-1)) }
        let directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        #expect(throws: HeaderError.unreadable(errno: EISDIR)) { try sniff(DescriptorBytes(directory)) }
    }
}
