/// The body of `POST /auth/login`.
struct LoginBody {
    let code: String
    let appID: String?

    init(_ bytes: [UInt8]) throws(EndpointBody.Fault) {
        let body = try EndpointBody(bytes, example: #"{"code": "<from wx.login>"}"#)
        code = try body.text("code", from: "get it from wx.login")
        appID = try body.text("appId")
    }
}
