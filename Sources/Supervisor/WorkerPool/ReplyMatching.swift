import WorkerProtocol

// Which reply belongs to which request.

struct UnexpectedReply: Error, CustomStringConvertible {
    let description = "an unexpected reply"
}

extension WorkerRequest {
    var job: Int64? {
        if case .job(let request) = self { request.job } else { nil }
    }
}

extension WorkerReply {
    var job: Int64? {
        switch self {
        case .rendition(let job, _), .unchanged(let job): job
        case .finished(let report): report.job
        case .failed(let failure): failure.job
        case .ready, .inspected, .examined, .training, .trained: nil
        }
    }
}
