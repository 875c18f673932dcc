import Glibc
package import Grading
package import Jobs
package import Pictures
import Pipeline

extension Lut: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        guard amount > 0 else { return [:] }
        let table = try load(context)
        try picture.makeColours(context)
        let grade = Grade()
        try grade.lookUp(table, amount: amount)
        try picture.apply(grade)
        let size = table.dimensions == .one ? "\(table.size)" : "\(table.size)x\(table.size)x\(table.size)"
        return table.title.map { ["size": size, "title": $0] } ?? ["size": size]
    }

    /// Read once a job.
    private func load(_ context: JobContext) throws(JobError) -> CubeTable {
        if let known = context.tables[file] { return known }
        let descriptor = try context.openFile(file)
        defer { close(descriptor) }
        guard let bytes = readWhole(descriptor, longest: Int(CubeTable.longest)) else {
            throw JobError(.stageFailed, "lookup table \(file): cannot be read")
        }
        do throws(CubeFault) {
            let table = try CubeTable(bytes)
            context.tables[file] = table
            return table
        } catch {
            throw JobError(.stageFailed, "lookup table \(file): \(error)")
        }
    }
}
