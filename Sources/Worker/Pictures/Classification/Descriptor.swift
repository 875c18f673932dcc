import CDescriptor
package import Inference
import Planning

/// Numbers that the built-in descriptor gives of a picture.
package let descriptorLength = Int(SLUICE_DESCRIPTOR_LENGTH)

extension SmallPicture {
    /// Of colours, edges, layout and what tells a photograph from a drawing.
    package func descriptor() throws(InferenceError) -> [Float] {
        var features = [Float](repeating: 0, count: descriptorLength)
        guard sluice_describe(pixels, Int32(size.width), Int32(size.height), &features) == 0 else { throw .noMemory }
        return features
    }
}
