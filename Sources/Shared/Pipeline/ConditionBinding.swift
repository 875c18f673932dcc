import Conditions
import Models
import Schema

/// A condition that was read before all classify stages were.
struct PendingCondition {
    let syntax: ConditionSyntax
    let node: YAMLValue
    /// Of its key, for faults.
    let path: String
}

/// In the order they were read.
private enum PendingConditions: ReadingKey {
    static var initial: [PendingCondition] { [] }
}

extension Reading {
    /// Keeps a condition until its names can be looked up; gives its index.
    fileprivate mutating func remember(_ syntax: ConditionSyntax, _ node: YAMLValue) -> Int {
        self[PendingConditions.self].append(PendingCondition(syntax: syntax, node: node, path: path))
        return self[PendingConditions.self].count - 1
    }
}

extension Shape<Condition> {
    /// An expression; names of classify stages are looked up by `Pipeline.bound`.
    static let condition = Shape(
        expected: "a condition (label == 'document', width > 2000)",
        schema: .definition("condition", ["type": ["string", "boolean"], "minLength": 1]),
        read: { node, reading in
            let expected = "a condition (label == 'document', width > 2000)"
            guard case .scalar(let text, _) = node.content, !node.isNull, !text.allSatisfy(\.isWhitespace) else {
                wrongKind(node, expected: expected, &reading)
                return nil
            }
            do throws(ConditionFault) {
                let syntax = try ConditionParser.parse(text)
                let (expression, faults) = ConditionChecker.check(syntax, scope: nil)
                for fault in faults { reading.fault(node.place(at: fault.offset), fault.message) }
                return expression.map { Condition($0, pending: reading.remember(syntax, node)) }
            } catch {
                reading.fault(node.place(at: error.offset), error.message)
                return nil
            }
        })
}

extension Pipeline {
    /// With all names in conditions looked up, and in `output.route`; what is not found in conditions is a fault.
    func bound(_ reading: inout Reading) -> Pipeline {
        var pipeline = self
        var scope = ConditionScope()
        pipeline.stages = stages.map { scope.bind($0, &reading) }
        pipeline.output = output.bound(to: scope.classifiers.map(\.name))
        for index in renditions.indices {
            if let when = renditions[index].when {
                pipeline.renditions[index].when = scope.bind(when, &reading)
            }
            var own = scope
            pipeline.renditions[index].stages = renditions[index].stages.map { own.bind($0, &reading) }
        }
        return pipeline
    }
}

extension ConditionScope {
    /// The stage with its condition bound; what it classifies is known after it.
    fileprivate mutating func bind(_ stage: Stage, _ reading: inout Reading) -> Stage {
        defer {
            if let classify = stage.classify { classifiers.append((classify.name, classify.model.labels)) }
        }
        guard case .conditional(var conditional) = stage else { return stage }
        conditional.when = bind(conditional.when, &reading)
        return .conditional(conditional)
    }

    fileprivate func bind(_ condition: Condition, _ reading: inout Reading) -> Condition {
        guard let index = condition.pending, reading[PendingConditions.self].indices.contains(index) else {
            return condition
        }
        let pending = reading[PendingConditions.self][index]
        let (expression, faults) = ConditionChecker.check(pending.syntax, scope: self)
        for fault in faults {
            reading.fault(pending.node.place(at: fault.offset), path: pending.path, fault.message)
        }
        return expression.map { Condition($0) } ?? condition
    }
}
