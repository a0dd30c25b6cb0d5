import Sessions
import WeChat

extension LoginEndpoints {
    func updatePhone(of holder: SessionHolder, _ bytes: [UInt8], _ completion: @escaping Completion) {
        do throws(EndpointBody.Fault) {
            switch try PhoneBody(bytes) {
            case .code(let code): updatePhone(of: holder, code: code, completion)
            case .sealed(let sealed): updatePhone(of: holder, sealed, completion)
            }
        } catch {
            completion(EndpointReply(.badRequest(error.message), userID: holder.userID))
        }
    }

    func unbindPhone(of holder: SessionHolder, _ completion: @escaping Completion) {
        record(holder, phone: .forget, completion)
    }

    private func updatePhone(
        of holder: SessionHolder,
        _ sealed: OpenDataBody.Sealed,
        _ completion: @escaping Completion
    ) {
        withSessionKey(of: holder, completion) { sessionKey in
            do throws(OpenDataFault) {
                let info = try OpenData.phoneNumber(
                    encryptedData: sealed.encryptedData,
                    iv: sealed.iv,
                    sessionKey: sessionKey,
                    appID: holder.user.appID
                )
                guard let number = PhoneNumber.fit(info.phoneNumber) else { throw OpenDataFault() }
                self.record(holder, phone: .set(number), completion)
            } catch {
                completion(EndpointReply(.failure(.openDataRefused), userID: holder.userID))
            }
        }
    }

    /// The session is looked up first: where it is gone, the code is not spent for nothing.
    private func updatePhone(of holder: SessionHolder, code: String, _ completion: @escaping Completion) {
        let fail: @Sendable (LoginFailure) -> Void = { failure in
            completion(EndpointReply(.failure(failure), userID: holder.userID))
        }
        let appID = holder.user.appID
        guard let app = parts.apps.first(where: { $0.appID.utf8.elementsEqual(appID.utf8) }) else {
            return fail(.sessionUnknown)
        }
        let phoneCode: PhoneCode
        do throws(WeChatFailure) {
            phoneCode = try PhoneCode(code)
        } catch {
            counters.notePhoneNumber(appID, .codeInvalid(mock: false))
            return fail(LoginFailure(error.kind))
        }
        parts.store.user(holder.query(at: parts.clock())) { result in
            switch result {
            case .success(.some):
                self.phoneNumber(app, phoneCode) { result in
                    switch result {
                    case .success(let number):
                        self.counters.notePhoneNumber(appID, nil)
                        self.record(holder, phone: .set(number), completion)
                    case .failure(let failure):
                        self.counters.notePhoneNumber(appID, failure)
                        fail(failure)
                    }
                }
            case .success(nil): fail(.sessionUnknown)
            case .failure(let error): fail(LoginFailure(error))
            }
        }
    }
}
