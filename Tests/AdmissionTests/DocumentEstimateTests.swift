import ImageHeader
import Jobs
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of a document")
struct DocumentEstimateTests {
    @Test("holds for its largest page, wherever that is")
    func largest() {
        let large = header(.tiff, 9000, 7000, bands: 4, depth: 16)
        var document = header(.tiff, 100, 100)
        document.furtherPages = [document, large, header(.tiff, 50, 50)]
        let (alone, whole) = (
            Estimate(header: large, pipeline: pipeline()), Estimate(header: document, pipeline: pipeline())
        )
        #expect(whole.total == alone.total && whole.terms == alone.terms)
        #expect(whole.unspillable >= alone.unspillable && whole.spillable >= alone.spillable)
    }
}
