import Login
import Testing

@testable import Gateway

@Suite("What a token may say in a header field")
struct FieldTextTests {
    @Test("is visible ASCII: no other byte at any place, whatever the length")
    func everyPlace() {
        for count in 1...40 {
            for place in 0..<count {
                for byte in UInt8(0)...255 {
                    var text = [UInt8](repeating: UInt8(ascii: "~"), count: count)
                    text[place] = byte
                    let isValid = FieldText.isValid(text.span)
                    #expect(isValid == (0x21...0x7E).contains(byte), "\(byte) at \(place) of \(count)")
                }
            }
        }
    }

    @Test("is neither empty nor longer than 256 bytes", arguments: [0, 1, 15, 16, 17, 255, 256, 257, 512])
    func length(_ count: Int) {
        let text = [UInt8](repeating: UInt8(ascii: "!"), count: count)
        let isValid = FieldText.isValid(text.span)
        #expect(isValid == (1...256).contains(count))
        #expect(FieldText.isValid(text) == isValid)
        #expect(UserName.isValid(String(decoding: text, as: UTF8.self)) == isValid)
    }

    @Test("is what an operator can name a user by", arguments: UInt8(0)...127)
    func names(_ byte: UInt8) {
        let text = [UInt8(ascii: "u"), byte]
        #expect(FieldText.isValid(text) == UserName.isValid(String(decoding: text, as: UTF8.self)))
    }
}
