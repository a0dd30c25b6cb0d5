const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { STEPS, ROOT, typescript, declarations, present, stale } = require('../../scripts/types')

const TARGET = path.join(ROOT, 'miniprogram_dist')
const ts = typescript()
const options = { skip: ts ? false : 'typescript is not installed: apt-get install node-typescript' }

test('the sources pass the check, and the declarations are current', options, () => {
  for (const step of STEPS) {
    const { files, faults } = declarations(ts, step)
    assert.strictEqual(faults, '')
    assert.deepStrictEqual(stale(step, files), [], 'run client/scripts/types')
  }
})

test('the declarations are whole in themselves and declare nothing global', () => {
  for (const name of STEPS.flatMap(({ to }) => present(to))) {
    const text = fs.readFileSync(path.join(ROOT, name), 'utf8')
    assert.ok(!/declare global|\/\/\/ *<reference|\bWechatMiniprogram\b/.test(text), name)
    for (const [, from] of text.matchAll(/(?:from|import\() ?["']([^"']+)["']/g)) assert.match(from, /^\./, `${name}: ${from}`)
  }
})

for (const stub of ['', 'declare const wx: { request(options: object): void }\ndeclare function getApp<T>(): T\ndeclare function App(options: object): void']) {
  test(`a strict sample compiles ${stub ? 'beside' : 'without'} a stub of global wx`, options, () => {
    const sample = path.join(__dirname, 'sample.ts')
    const extra = path.join(__dirname, 'stub.d.ts')
    const compiler = {
      strict: true, noEmit: true, target: ts.ScriptTarget.ES2017, lib: ['lib.es2017.d.ts'], types: [], experimentalDecorators: true,
      module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.NodeJs, noUnusedLocals: true,
      baseUrl: path.join(__dirname, '../..'), paths: { '@menshen/client': ['miniprogram_dist/index'] }
    }
    const host = ts.createCompilerHost(compiler)
    const { readFile, fileExists, getSourceFile } = host
    host.fileExists = (name) => name === extra || fileExists(name)
    host.readFile = (name) => name === extra ? stub : readFile(name)
    host.getSourceFile = (name, ...rest) => name === extra ? ts.createSourceFile(name, stub, rest[0]) : getSourceFile(name, ...rest)
    const program = ts.createProgram(stub ? [sample, extra] : [sample], compiler, host)
    const found = ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) =>
      `${file && file.fileName}:${file && file.getLineAndCharacterOfPosition(start).line + 1} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    assert.deepStrictEqual(found, [])
  })
}

// What mini programs do not transpile must be in ES2015 as it stands.
test('the shipped scripts are ES2015 and have no eval', options, () => {
  const { SyntaxKind } = ts
  const newer = new Set([SyntaxKind.SpreadAssignment, SyntaxKind.AsyncKeyword, SyntaxKind.AwaitExpression, SyntaxKind.QuestionDotToken,
    SyntaxKind.QuestionQuestionToken, SyntaxKind.AsteriskAsteriskToken, SyntaxKind.BigIntLiteral, SyntaxKind.PrivateIdentifier,
    SyntaxKind.PropertyDeclaration, SyntaxKind.QuestionQuestionEqualsToken, SyntaxKind.BarBarEqualsToken])
  for (const name of fs.readdirSync(TARGET, { recursive: true }).filter((file) => file.endsWith('.js'))) {
    const text = fs.readFileSync(path.join(TARGET, name), 'utf8')
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2015, true)
    assert.deepStrictEqual(source.parseDiagnostics, [], name)
    const visit = (node) => {
      const rest = node.kind === SyntaxKind.BindingElement && node.dotDotDotToken && node.parent.kind === SyntaxKind.ObjectBindingPattern
      const bare = node.kind === SyntaxKind.CatchClause && !node.variableDeclaration
      assert.ok(!newer.has(node.kind) && !rest && !bare, `${name}: ${node.getText().slice(0, 60)}`)
      if (node.kind === SyntaxKind.Identifier) assert.ok(!/^(eval|Function|globalThis|process|Buffer)$/.test(node.text), `${name}: ${node.text}`)
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
})
