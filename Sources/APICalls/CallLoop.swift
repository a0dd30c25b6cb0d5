import CCurl
import Glibc

/// The client's thread: takes calls from the mailbox, drives libcurl, hands out results.
final class CallLoop {
    /// libcurl's global initialization, once per process. libcurl passes its TLS contexts to this module, so both must
    /// use the same OpenSSL.
    static let libraryIsReady = ccurl_global_init() == CURLE_OK && libraryUsesOurOpenSSL

    /// No event is lost to a sleep: sockets and the mailbox wake the poll. This only bounds a mistake.
    private static let pollMilliseconds: Int32 = 1000

    private let multi: UnsafeMutableRawPointer
    private let mailbox: CallMailbox
    private let settings: CallSettings
    private let sockets = OpenSockets()
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]

    init(multi: UnsafeMutableRawPointer, mailbox: CallMailbox, settings: CallSettings) {
        self.multi = multi
        self.mailbox = mailbox
        self.settings = settings
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, settings.limits.concurrentCalls)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.limits.concurrentCalls)
    }

    func run() {
        while let calls = mailbox.take(upTo: settings.limits.concurrentCalls - running.count) {
            for call in calls { start(call, onFreshConnection: false) }
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            // A finished call makes room for one that waits, and its completion may have sent another.
            if finishDone() > 0 { continue }
            curl_multi_poll(multi, nil, 0, Self.pollMilliseconds, nil)
        }
        for call in mailbox.takeRest() { call.completion(.failure(.shutDown)) }
        for transfer in running.values {
            curl_multi_remove_handle(multi, transfer.handle)
            transfer.call.completion(.failure(.shutDown))
        }
        running.removeAll()
        curl_multi_cleanup(multi)
    }

    private func start(_ call: PendingCall, onFreshConnection fresh: Bool) {
        let left = (call.request.totalTimeout ?? settings.limits.totalTimeout) - (.now - call.enqueued)
        guard left >= .milliseconds(1) else { return call.completion(.failure(.waitedTooLong)) }
        guard call.request.hasValidHeaders else { return call.completion(.failure(.invalidRequest)) }
        guard
            let transfer = Transfer(call, settings, timeout: left, fresh: fresh, sockets: sockets),
            curl_multi_add_handle(multi, transfer.handle) == CURLM_OK
        else { return call.completion(.failure(.other(code: CURLE_FAILED_INIT.rawValue))) }
        running[transfer.handle] = transfer
    }

    private func finishDone() -> Int {
        var done = 0
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = ccurl_message_result(message)
            curl_multi_remove_handle(multi, handle)
            guard let transfer = running.removeValue(forKey: handle) else { continue }
            done += 1
            if transfer.foundStrayBytes {
                start(transfer.call, onFreshConnection: true)
            } else {
                transfer.call.completion(transfer.result(code))
            }
        }
        return done
    }
}
