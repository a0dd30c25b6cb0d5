import CCurl
package import Cryptography
import Glibc
import NIOConcurrencyHelpers

/// Calls external APIs with libcurl, on its own thread.
///
/// HTTP/1.1 over http or https, without redirects. Servers are verified by name and by the client's authorities, which
/// all connections share; libcurl itself reads no certificates. Without an explicit proxy the client uses the
/// environment's (`https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`) like every libcurl program. Loopback addresses
/// are always called directly.
///
/// A request is sent at most once. libcurl would silently send it again when a reused connection closes before the
/// response (measured with 7.88.1); the client prevents this and reports `APICallError.resent`. A reused connection
/// with unread bytes is not used, since they would be taken for the response to this call.
package final class APIClient: Sendable {
    /// Why the client could not be created; for operators.
    package enum StartFailure: Error, Sendable, CustomStringConvertible {
        /// libcurl could not be set up, or uses another TLS library than this process.
        case library
        /// The system cannot start a thread.
        case thread

        /// The reason, for an operator.
        package var description: String {
            switch self {
            case .library:
                "libcurl cannot be used: it must be built with the OpenSSL version that this program uses "
                    + "(Debian: libcurl4, not libcurl3-gnutls)"
            case .thread: "no thread can be started for the calls to WeChat and other servers"
            }
        }
    }

    private let mailbox: CallMailbox
    private let thread: NIOLockedValueBox<pthread_t?>

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - authorities: verify https servers, and https proxies of the environment. `nil`: no server is trusted, and
    ///     every https call fails with `APICallError.tls`.
    ///   - proxy: `http://host:port`, instead of the environment's; https calls use it with CONNECT.
    package init(
        limits: APICallLimits = APICallLimits(),
        authorities: AuthorityStore? = nil,
        proxy: String? = nil
    ) throws(StartFailure) {
        guard CallLoop.libraryIsReady, let multi = curl_multi_init() else { throw .library }
        let mailbox = CallMailbox(waking: multi, capacity: limits.waitingCalls)
        let settings = CallSettings(limits: limits, authorities: authorities, proxy: proxy)
        let loop = CallLoop(multi: multi, mailbox: mailbox, settings: settings)
        let context = Unmanaged.passRetained(loop)
        var id = pthread_t()
        guard pthread_create(&id, nil, runCallLoop, context.toOpaque()) == 0 else {
            context.release()
            curl_multi_cleanup(multi)
            throw .thread
        }
        self.mailbox = mailbox
        thread = NIOLockedValueBox(id)
    }

    deinit {
        stop()
    }

    /// Sends `request`; `completion` runs exactly once, on the client's thread (on the caller's, where the call is
    /// refused at once), and must not block.
    package func send(
        _ request: APIRequest,
        completion: @escaping @Sendable (Result<APIResponse, APICallError>) -> Void
    ) {
        let call = PendingCall(request: request, enqueued: .now, completion: completion)
        if let refusal = mailbox.post(call) { completion(.failure(refusal)) }
    }

    /// Ends all calls with `APICallError.shutDown` and waits for the thread. Safe to call twice, and from a completion.
    package func stop() {
        mailbox.close()
        let id = thread.withLockedValue { thread -> pthread_t? in
            defer { thread = nil }
            return thread
        }
        guard let id else { return }
        if pthread_equal(id, pthread_self()) != 0 {
            pthread_detach(id)
        } else {
            pthread_join(id, nil)
        }
    }
}

private func runCallLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    var all = sigset_t()
    sigfillset(&all)
    // Signals are for the thread that handles them, not for whichever the kernel finds first.
    pthread_sigmask(SIG_BLOCK, &all, nil)
    Unmanaged<CallLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
