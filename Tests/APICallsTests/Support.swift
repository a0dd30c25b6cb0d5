import APICalls
import ScriptedServer
import Testing

typealias CallResult = Result<APIResponse, APICallError>

extension APIClient {
    func get(_ url: String) async -> CallResult {
        await withCheckedContinuation { continuation in
            send(APIRequest(url: url)) { continuation.resume(returning: $0) }
        }
    }
}

extension Result where Success == APIResponse, Failure == APICallError {
    var error: APICallError? {
        if case .failure(let error) = self { error } else { nil }
    }

    var text: String? {
        if case .success(let response) = self { String(decoding: response.body, as: UTF8.self) } else { nil }
    }

    var status: Int? {
        if case .success(let response) = self { response.status } else { nil }
    }
}

func limits(_ change: (inout APICallLimits) -> Void) -> APICallLimits {
    var limits = APICallLimits()
    change(&limits)
    return limits
}
