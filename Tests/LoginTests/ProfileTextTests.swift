import Testing

@testable import Login

@Suite("What users are shown")
struct ProfileTextTests {
    @Test(
        "a phone number is masked",
        arguments: [
            ("13800000000", "138****0000"), ("+8613800000000", "138****0000"), ("+85298765432", "****5432"),
            ("85298765432", "****5432"), ("+14155550100", "****0100"), ("1234567", "****"), ("", "****"),
            ("+8602012345678", "****5678"),
        ]
    )
    func masked(_ number: String, _ shown: String) {
        #expect(PhoneNumber.masked(number) == shown)
    }

    @Test(
        "a phone number is digits with a plus in front, without what is between",
        arguments: [
            ("13800000000", "13800000000"), ("+852 9876-5432", "+85298765432"), ("12", nil), ("", nil), ("+", nil),
            ("1+2345", nil), ("abc", nil), ("1380000\r\n0000", nil), (String(repeating: "1", count: 25), nil),
            (String(repeating: "-", count: 1000), nil), ("１３８００００００００", nil),
        ]
    )
    func number(_ text: String, _ number: String?) {
        #expect(PhoneNumber.validated(text) == number)
    }

    @Test(
        "WeChat's avatars are https",
        arguments: [
            ("http://wx.qlogo.cn/a/0", "https://wx.qlogo.cn/a/0"), ("https://a/b", "https://a/b"), ("ftp://a", nil),
            ("http://", nil), ("", nil),
        ]
    )
    func avatar(_ url: String, _ shown: String?) {
        #expect(ProfileText.wechatAvatar(url) == shown)
    }

    @Test("64 characters are enough, however many code points they are made of")
    func length() {
        #expect(ProfileText.validated(String(repeating: "👍🏽", count: 64)) != nil)
        #expect(ProfileText.validated(String(repeating: "a", count: 65)) == nil)
        #expect(ProfileText.validated(String(repeating: "👨‍👩‍👧‍👦", count: 64)) == nil)
    }
}
