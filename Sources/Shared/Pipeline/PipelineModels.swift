package import Models

extension Pipeline {
    /// The models that its stages name, each once.
    package var models: [ModelDescription] {
        var models: [ModelDescription] = []
        for stage in stages + renditions.flatMap(\.stages) {
            if let model = stage.model, !models.contains(model) { models.append(model) }
        }
        return models
    }

    /// The same with what was found out about its models.
    package func examined(_ found: (ModelDescription) -> ModelDescription?) -> Pipeline {
        func examined(_ stage: Stage) -> Stage { stage.model.flatMap(found).map(stage.with) ?? stage }
        var pipeline = self
        pipeline.stages = stages.map(examined)
        for index in renditions.indices {
            pipeline.renditions[index].stages = renditions[index].stages.map(examined)
        }
        return pipeline
    }

    /// Whether workers need the engine for it.
    package var needsInference: Bool { models.contains(where: \.hasNetwork) }
}

extension Stage {
    /// The model that it runs, if any.
    package var model: ModelDescription? {
        switch self {
        case .autorotate, .resize, .crop, .trim, .rotate, .flip, .flatten, .grayscale, .sharpen, .blur, .colour,
            .watermark, .adjust, .levels, .lut, .sepia, .pad, .border, .rounded:
            nil
        case .denoise(let denoise): denoise.model
        case .classify(let classify): classify.model
        case .conditional(let conditional): conditional.stage.model
        }
    }

    /// The same with another model, where it runs one.
    func with(_ model: ModelDescription) -> Stage {
        switch self {
        case .autorotate, .resize, .crop, .trim, .rotate, .flip, .flatten, .grayscale, .sharpen, .blur, .colour,
            .watermark, .adjust, .levels, .lut, .sepia, .pad, .border, .rounded:
            return self
        case .denoise(var denoise):
            denoise.model = model
            return .denoise(denoise)
        case .classify(var classify):
            classify.model = model
            return .classify(classify)
        case .conditional(var conditional):
            conditional.stage = conditional.stage.with(model)
            return .conditional(conditional)
        }
    }
}
