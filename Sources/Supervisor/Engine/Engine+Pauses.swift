import Journal
import LinuxIO
import Outbox

// When nothing is started, and when to check again.
extension Engine {
    /// Puts a job back at the front of the queue: it is not at fault.
    func requeueFirst(_ job: JobRecord) {
        guard !stopping else { return }
        active.remove(job.id)
        waiting.insertFirst(job)
    }

    /// The environment is at fault: starts nothing for a while, longer each time, up to a minute.
    func pause(_ fault: EngineFault) {
        if settings.stopsOnFault || fault.isFinal {
            self.fault = self.fault ?? fault
            return stop()
        }
        // Jobs in progress fail for the same reason: that is one pause.
        guard monotonicNanoseconds() >= pausedUntil else { return }
        pauses = min(pauses + 1, 7)
        let seconds = min(Double(1 << pauses) / 2, 60)
        pausedUntil = monotonicNanoseconds() + Int64(seconds * 1e9)
        onEvent(.paused(reason: "\(fault)", seconds: seconds))
        pump()
    }

    /// Starts nothing until `resume`: a directory that results go to is gone.
    package func suspend(_ reason: String) {
        guard hold != reason else { return }
        hold = reason
        // Their directories in staging are perhaps what is gone.
        ahead.rejectWaiting()
        observer.note(rootFault: reason)
        onEvent(.held(reason: reason))
        pump()
    }

    /// The missing directory is back.
    package func resume(_ places: Places? = nil) {
        if let places { self.places = places }
        guard hold != nil else { return }
        hold = nil
        pauses = 0
        pausedUntil = 0
        observer.note(rootFault: nil)
        onEvent(.resumed)
        pump()
    }

    /// The environment prevented a source from being accepted: waits until a retry makes sense.
    package func backOff(after error: any Error) async {
        pause(environmentFault(error))
        while !stopping, monotonicNanoseconds() < pausedUntil {
            // A task that is cancelled has nothing to wait for.
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    /// Waits until the run had to be given up, or the task is cancelled.
    package func waitForFault() async throws {
        while fault == nil { try await Task.sleep(for: .milliseconds(500)) }
    }

    /// Something succeeded: the environment is fine again.
    func noteSuccess() {
        guard pauses > 0, hold == nil else { return }
        pauses = 0
        pausedUntil = 0
        onEvent(.resumed)
    }

    /// - Parameter now: when `pump` looked; what has come due since then must not be passed over.
    func scheduleWakeUp(after now: Int64) {
        wakeUp?.cancel()
        wakeUp = nil
        guard !stopping, let next = now < pausedUntil ? pausedUntil : nextSupply(after: now) else { return }
        wakeUp = Task {
            try? await Task.sleep(for: .nanoseconds(max(0, next - now) + 1_000_000))
            if !Task.isCancelled { pump() }
        }
    }

    func signalIdle() {
        if !whenIdle.isEmpty, isIdle { stopWaiting() }
    }
}
