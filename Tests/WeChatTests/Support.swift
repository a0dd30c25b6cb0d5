import APICalls
import ScriptedServer
import Testing
import WeChat

typealias SessionResult = Result<WeChatSession, WeChatFailure>

let secret = "0123456789abcdef-app-secret"
let app = WeChatApp(appID: "wx4f4bc4dec97d474b", secret: secret)
let codeText = "0c3aFx-the-code"

/// A WeChat that answers `step` to all.
struct OneAnswerWeChat {
    let server: ScriptedServer
    let client: WeChatClient

    init(_ step: ScriptedServer.Step, timeout: Duration = .seconds(30)) throws {
        server = try ScriptedServer { _ in step }
        var limits = APICallLimits()
        limits.totalTimeout = timeout
        client = WeChatClient(baseURL: server.baseURL, api: try APIClient(limits: limits))
    }

    func login(app: WeChatApp = app, code: String = codeText) async throws -> SessionResult {
        let code = try LoginCode(code)
        return await withCheckedContinuation { continuation in
            client.codeToSession(app: app, code: code) { continuation.resume(returning: $0) }
        }
    }
}

extension Result where Success == WeChatSession, Failure == WeChatFailure {
    var session: WeChatSession? {
        if case .success(let session) = self { session } else { nil }
    }

    var failure: WeChatFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
