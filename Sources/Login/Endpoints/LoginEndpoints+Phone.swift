import Sessions
import WeChat

extension LoginEndpoints {
    func updatePhone(of holder: SessionHolder, _ request: EndpointRequest, _ completion: @escaping Completion) {
        do throws(EndpointBody.Fault) {
            switch try PhoneBody(request.body, takesSealed: parts.takesEncryptedPhone) {
            case .code(let code): updatePhone(of: holder, code: code, from: request.clientAddress, completion)
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
        withOpenData(of: holder, completion) { (sessionKey) throws(OpenDataFault) in
            let info = try OpenData.phoneNumber(
                encryptedData: sealed.encryptedData,
                iv: sealed.iv,
                sessionKey: sessionKey,
                appID: holder.user.appID,
                now: self.parts.clock()
            )
            guard let number = PhoneNumber.validated(info.number) else { throw OpenDataFault() }
            return number
        } then: { number in
            self.record(holder, phone: .set(number), completion)
        }
    }

    private func updatePhone(
        of holder: SessionHolder,
        code: String,
        from clientAddress: [UInt8],
        _ completion: @escaping Completion
    ) {
        let appID = holder.user.appID
        let fail: @Sendable (LoginFailure) -> Void = { failure in
            self.counters.notePhoneNumber(appID, failure)
            completion(EndpointReply(.failure(failure), userID: holder.userID))
        }
        guard let app = parts.apps.first(where: { $0.appID.utf8.elementsEqual(appID.utf8) }) else {
            return completion(EndpointReply(.failure(.sessionUnknown), userID: holder.userID))
        }
        if let failure = admit(AddressKey(clientAddress)) { return fail(failure) }
        let phoneCode: PhoneCode
        do throws(WeChatFailure) {
            phoneCode = try PhoneCode(code)
        } catch {
            return fail(LoginFailure(error.kind))
        }
        if let failure = phoneGate.enter(holder, phoneCode) { return fail(failure) }
        updatePhone(of: holder, app, phoneCode) { reply in
            self.phoneGate.leave(holder)
            completion(reply)
        }
    }

    /// The session is checked first, so that the code of an ended session is not spent.
    private func updatePhone(
        of holder: SessionHolder,
        _ app: WeChatApp,
        _ code: PhoneCode,
        _ completion: @escaping Completion
    ) {
        let fail: @Sendable (LoginFailure) -> Void = { failure in
            completion(EndpointReply(.failure(failure), userID: holder.userID))
        }
        parts.store.user(holder.query(at: parts.clock())) { result in
            switch result {
            case .success(.some):
                self.phoneNumber(app, code) { end in
                    self.phoneGate.settle(holder, code, end)
                    switch end.result {
                    case .success(let number):
                        self.counters.notePhoneNumber(app.appID, nil)
                        self.record(holder, phone: .set(number), completion)
                    case .failure(let failure):
                        self.counters.notePhoneNumber(app.appID, failure)
                        fail(failure)
                    }
                }
            case .success(nil): fail(.sessionUnknown)
            case .failure(let error): fail(LoginFailure(error))
            }
        }
    }
}
