import CTiledNetwork
import CVips
import Glibc
package import Inference
package import Jobs
import Models

extension Image {
    /// Without noise, by a network, in tiles: 1 or 3 bands of 8 or 16 bits, and no alpha.
    /// - Parameter sigma: the noise's, in steps of 8 bits; of no meaning to a network that takes none.
    package func denoised(by model: LoadedModel, sigma: Double) throws(JobError) -> Image {
        let description = model.description
        guard let output = description.outputs.clean ?? description.outputs.residual else {
            throw JobError(.stageFailed, "The model \(description.file) does not denoise.")
        }
        var how = sluice_tiled_network()
        how.network = model.network.pointer
        (how.tile_width, how.tile_height) = (Int32(model.inputSize.width), Int32(model.inputSize.height))
        how.overlap = Int32(description.overlap)
        how.channels = Int32(description.input.channels.count)
        how.is_bgr = description.input.channels == .bgr
        how.mean = description.input.perChannel(description.input.mean(of:))
        how.divide = description.input.perChannel(description.divide(of:))
        how.sigma_value = Float(sigma / (description.sigma?.divide ?? 255))
        how.sigma_is_map = description.sigma?.form == .map
        how.is_residual = description.outputs.clean == nil
        // Each lasts for the call, which copies them.
        let names = [model.input, model.outputName(output), description.sigma?.name].map {
            $0.map { strdup($0) } ?? nil
        }
        defer { for name in names { free(name) } }
        (how.input, how.output, how.sigma) = (UnsafePointer(names[0]), UnsafePointer(names[1]), UnsafePointer(names[2]))
        return try Image.make { result in
            // The image keeps the network for as long as it may be asked for pixels.
            let owner = Unmanaged.passRetained(model)
            return sluice_denoise_by_network(pointer, &result, &how, owner.toOpaque()) { owner in
                if let owner { Unmanaged<LoadedModel>.fromOpaque(owner).release() }
            }
        }
    }
}

extension ModelDescription.Input {
    fileprivate func perChannel(_ value: (Int) -> Double) -> (Float, Float, Float) {
        let values = (0..<3).map { Float(value(min($0, channels.count - 1))) }
        return (values[0], values[1], values[2])
    }
}
