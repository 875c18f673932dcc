import CVips
import Glibc
import Testing

@testable import Vips

/// Solid colour, one value per band.
func solid(_ width: Int, _ height: Int, _ colour: [Double]) throws -> Image {
    let black = try Image.make { sluice_black(&$0, Int32(width), Int32(height), Int32(colour.count)) }
    let space = colour.count < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB
    let canvas = try black.interpreted(as: space).copiedToMemory()
    try draw(on: canvas, colour, left: 0, top: 0, width: width, height: height)
    return canvas
}

/// In place, on a picture in memory.
func draw(on image: Image, _ colour: [Double], left: Int, top: Int, width: Int, height: Int) throws {
    let result = sluice_draw_rectangle(
        image.pointer, colour, Int32(colour.count), Int32(left), Int32(top), Int32(width), Int32(height))
    try #require(result == 0)
}

let red: [Double] = [255, 0, 0]
let green: [Double] = [0, 255, 0]
let blue: [Double] = [0, 0, 255]
let white: [Double] = [255, 255, 255]

/// Red, green above blue, white: no turn or mirror of it looks the same.
func quadrants(_ width: Int, _ height: Int) throws -> Image {
    let image = try solid(width, height, red)
    try draw(on: image, green, left: width / 2, top: 0, width: width / 2, height: height / 2)
    try draw(on: image, blue, left: 0, top: height / 2, width: width / 2, height: height / 2)
    try draw(on: image, white, left: width / 2, top: height / 2, width: width / 2, height: height / 2)
    return image
}

/// The colours at the middle of each quarter: top left, top right, bottom left, bottom right.
func corners(_ image: Image) throws -> [[Double]] {
    let (x, y) = (image.width / 4, image.height / 4)
    return try [(x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y)].map { try image.pixel(x: $0.0, y: $0.1) }
}

/// Noise of several sizes, the coarser the stronger, as in a photograph.
func texture(_ width: Int, _ height: Int, seed: Int = 1) throws -> Image {
    var bands: [Image] = []
    for band in 0..<3 {
        var sum = try solid(width, height, [0]).cast(to: VIPS_FORMAT_FLOAT)
        for (layer, sigma) in [1.0, 4, 16].enumerated() {
            let noise = try Image.make {
                sluice_gaussnoise(
                    &$0, Int32(width), Int32(height), 0, 60 * sigma * sigma.squareRoot(), Int32(seed + 7 * band + layer)
                )
            }
            let soft = try noise.blurred(sigma: sigma)
            sum = try Image.make { sluice_add(sum.pointer, soft.pointer, &$0) }
        }
        bands.append(try sum.linear(factor: 0.5, offset: 128))
    }
    let joined = try bands[0].joined(with: bands[1]).joined(with: bands[2])
    return try joined.cast(to: VIPS_FORMAT_UCHAR).interpreted(as: VIPS_INTERPRETATION_sRGB).copiedToMemory()
}

func withOrientation(_ image: Image, _ orientation: Int) throws -> Image {
    try image.editingFields { vips_image_set_int($0, "orientation", Int32(orientation)) }
}

/// Whether colours are the same but for what a lossy format does to them.
func isClose(_ first: [Double], _ second: [Double], within tolerance: Double = 12) -> Bool {
    first.count == second.count && zip(first, second).allSatisfy { abs($0 - $1) <= tolerance }
}

/// 8-bit samples, in order.
func samples(_ image: Image) throws -> [UInt8] {
    var count = 0
    let memory = try #require(vips_image_write_to_memory(image.pointer, &count))
    defer { g_free(memory) }
    return Array(UnsafeRawBufferPointer(start: memory, count: count))
}

/// Peak signal to noise ratio in decibels; infinite for equal pictures.
func psnr(_ first: Image, _ second: Image) throws -> Double {
    try #require(first.size == second.size && first.bands == second.bands)
    let squared = try Image.make { sluice_absolute_difference(first.pointer, second.pointer, &$0) }
    let values = try samples(try squared.cast(to: VIPS_FORMAT_UCHAR))
    var sum = 0.0
    values.withUnsafeBufferPointer { for value in $0 { sum += Double(value) * Double(value) } }
    return 10 * log10(255 * 255 * Double(values.count) / sum)
}

private func log10(_ value: Double) -> Double { Glibc.log10(value) }
