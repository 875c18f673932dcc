/// Bad stages.
extension FaultCase {
    static let stages: [FaultCase] = [
        FaultCase(
            "a stage that is none",
            """
            version: 1
            stages:
              - autorotat
              - sharpnen: { sigma: 1 }
              - inpaint: { method: auto }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:5: stages[0]: 'autorotat' is not a stage; did you mean 'autorotate'?",
                "web.yaml:4:5: stages[1].sharpnen: not a stage; did you mean 'sharpen'?",
                "web.yaml:5:5: stages[2].inpaint: not a stage; valid stages: autorotate, resize, crop, trim, "
                    + "rotate, flip, flatten, grayscale, sharpen, blur, denoise, classify, colour, watermark, adjust, "
                    + "levels, lut, sepia, pad, border, rounded",
            ]),
        FaultCase(
            "a stage that needs parameters",
            """
            version: 1
            stages:
              - resize
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:5: stages[0]: 'resize' needs parameters, as in 'resize: 800x600'"
            ]),
        FaultCase(
            "parameters that are not indented",
            """
            version: 1
            stages:
              - resize:
                width: 200
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:4:5: stages[0]: one stage per list item; indent 'width' further than "
                    + "'resize' if it belongs to it"
            ]),
        FaultCase(
            "two stages in one item",
            """
            version: 1
            stages:
              - autorotate:
                grayscale:
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:4:5: stages[0]: one stage per list item; put 'grayscale' on a line of "
                    + "its own, starting with '- '"
            ]),
        FaultCase(
            "a stage that takes no parameters",
            """
            version: 1
            stages:
              - grayscale: true
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:16: stages[0].grayscale: takes no parameters; write '- grayscale'"
            ]),
        FaultCase(
            "stages as a map",
            """
            version: 1
            stages:
              autorotate: true
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:3: stages: expected a list of stages, not a map"
            ]),
        FaultCase(
            "a resize to nothing",
            """
            version: 1
            stages:
              - resize: { fit: cover }
            renditions:
              a: { format: png, resize: 0x200 }
            """,
            [
                "web.yaml:3:13: stages[0].resize: needs a width or a height",
                "web.yaml:5:29: renditions.a.resize: '0x200' is not a geometry (800, 800x, x600, 800x600, "
                    + "800x600!, 800x600<, 50%)",
            ]),
        FaultCase(
            "attention where nothing is cut",
            """
            version: 1
            stages:
              - resize: { width: 100, height: 100, fit: contain, position: attention }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:64: stages[0].resize.position: 'attention' chooses what to crop, but fit: contain "
                    + "crops nothing; use fit: cover or another position"
            ]),
        FaultCase(
            "boxes where nothing is cut",
            """
            version: 1
            stages:
              - resize: { width: 100, height: 100, fit: contain, position: faces }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:64: stages[0].resize.position: 'faces' chooses what to crop, but fit: contain "
                    + "crops nothing; use fit: cover or another position"
            ]),
        FaultCase(
            "half a corner",
            """
            version: 1
            stages:
              - crop: { width: 100, height: 100, left: 5 }
              - crop: { width: 100, height: 100, left: 5, top: 5, position: centre }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:38: stages[0].crop.left: also needs 'top'",
                "web.yaml:4:55: stages[1].crop.position: cannot be combined with left and top; remove one or the other",
            ]),
        FaultCase(
            "a position that is none",
            """
            version: 1
            stages:
              - watermark: { picture: mark.png, position: attention }
              - crop: { width: 10, height: 10, position: right-botom? }
              - crop: { width: 10, height: 10, position: [top, faces] }
              - crop: { width: 10, height: 10, position: [faces] }
              - crop: { width: 10, height: 10, position: [faces, botom] }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:27: stages[0].watermark.picture: 'mark.png': no such file; looked for /nowhere/mark.png",
                "web.yaml:3:47: stages[0].watermark.position: 'attention' is not one of centre, top, right "
                    + "top, right, right bottom, bottom, left bottom, left, left top; what the picture shows decides only "
                    + "where crop or resize cuts",
                "web.yaml:4:46: stages[1].crop.position: 'right-botom?' is not one of centre, top, right top, right, "
                    + "right bottom, bottom, left bottom, left, left top, entropy, attention; did you mean 'right bottom'?",
                "web.yaml:5:47: stages[2].crop.position[0]: 'top' is a position; expected the name of a classify stage and "
                    + "a position ([faces, top])",
                "web.yaml:5:52: stages[2].crop.position[1]: 'faces' is not one of centre, top, right top, right, right "
                    + "bottom, bottom, left bottom, left, left top, entropy, attention",
                "web.yaml:6:46: stages[3].crop.position: expected the name of a classify stage and a position ([faces, top])",
                "web.yaml:7:54: stages[4].crop.position[1]: 'botom' is not one of centre, top, right top, right, right "
                    + "bottom, bottom, left bottom, left, left top, entropy, attention; did you mean 'bottom'?",
            ]),
        FaultCase(
            "colours",
            """
            version: 1
            stages:
              - flatten: { background: wite }
              - flatten: { background: #ffffff
                }
              - flatten: { background: [1, 2] }
              - flatten: { background: [1, 2, 256] }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:28: stages[0].flatten.background: 'wite' is not a colour (white, black, "
                    + "transparent, \"#rrggbb\", \"#rrggbbaa\", [r, g, b]); did you mean 'white'?",
                "web.yaml:5:5: stages[1].flatten.background: has no value; a colour that begins with # needs "
                    + "quotes, as in \"#ffffff\"",
                "web.yaml:6:28: stages[2].flatten.background: expected [r, g, b], not 2 numbers",
                "web.yaml:7:35: stages[3].flatten.background[2]: '256' is not a whole number from 0 to 255",
            ]),
        FaultCase(
            "denoise in parts that do not go together",
            """
            version: 1
            stages:
              - denoise: { method: dtc, sigma: 0, strength: 3, quality: better, place: there }
              - denoise: { method: median, chroma: 0, detail: 1, quality: best, sigma: 9 }
              - denoise: { method: gaussian, sigma: 9 }
              - denoise: { method: model }
              - denoise: { model: net.yaml }
              - denoise: { method: model, modle: net.yaml }
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:24: stages[0].denoise.method: 'dtc' is not one of auto, dct, median, gaussian, model; "
                    + "did you mean 'dct'?",
                "web.yaml:3:36: stages[0].denoise.sigma: '0' is not a number from 0.1 to 100, or auto",
                "web.yaml:3:49: stages[0].denoise.strength: '3' is not a number from 0 to 2",
                "web.yaml:3:61: stages[0].denoise.quality: 'better' is not one of fast, good, best",
                "web.yaml:3:76: stages[0].denoise.place: 'there' is not one of auto, here; did you mean 'here'?",
                "web.yaml:4:32: stages[1].denoise.chroma: has no effect with method: median; remove it, or use "
                    + "method: auto",
                "web.yaml:4:43: stages[1].denoise.detail: has no effect with method: median; remove it, or use "
                    + "method: auto",
                "web.yaml:4:54: stages[1].denoise.quality: has no effect with method: median; remove it, or use "
                    + "method: auto",
                "web.yaml:5:34: stages[2].denoise.sigma: has no effect with method: gaussian; remove it, or use "
                    + "method: auto",
                "web.yaml:6:24: stages[3].denoise.method: 'model' needs 'model', the file that describes the network",
                "web.yaml:7:16: stages[4].denoise.model: is for method: model only; here it is auto",
                "web.yaml:7:23: stages[4].denoise.model: 'net.yaml': no such file",
                "web.yaml:8:31: stages[5].denoise.modle: unknown key; did you mean 'model'?",
            ]),
        FaultCase(
            "denoise with a short form that is none",
            """
            version: 1
            stages:
              - denoise: strong
              - denoise: 101
              - denoise: model
              - denoise: { sigma: "12" }
              - denoise: [12]
            renditions:
              a: { format: png }
            """,
            [
                "web.yaml:3:14: stages[0].denoise: 'strong' is not a sigma from 0.1 to 100 or one of auto, dct, "
                    + "median, gaussian",
                "web.yaml:4:14: stages[1].denoise: '101' is not a sigma from 0.1 to 100 or one of auto, dct, "
                    + "median, gaussian",
                "web.yaml:5:14: stages[2].denoise: 'model' is not a sigma from 0.1 to 100 or one of auto, dct, "
                    + "median, gaussian",
                "web.yaml:6:23: stages[3].denoise.sigma: '12' in quotes is text; write 12 without them",
                "web.yaml:7:14: stages[4].denoise: expected a map of method, sigma and strength, not a list",
            ]),
    ]
}
