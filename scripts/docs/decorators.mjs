// docs/reference/decorators.md: every decorator with its options.
import { code, table } from './markdown.mjs';
import { commentOf, tagOf } from './public-api.mjs';

/** The page. */
export function decoratorsPage(api) {
  const [{ exports, checker }] = api;
  const found = exports.flatMap((it) => decoratorOf(checker, it));
  const originals = found.filter((it) => originalOf(it) === undefined);
  const decorators = originals
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map((it) => [it, ...found.filter((alias) => originalOf(alias) === it.name)]);
  return `# Decorators

Import them from \`@eventcore/nestjs-observability\`. A decorator may be applied to instance methods of providers, controllers and
gateways in any scope. A decorated method called without the module, or on an instance created with \`new\`, runs as if it were not
decorated.

${decorators.map((aliases) => section(checker, aliases)).join('\n\n')}
`;
}

function decoratorOf(checker, { name, symbol, text }) {
  if (!/^[A-Z]/.test(name) || symbol.valueDeclaration === undefined) return [];
  const type = checker.getTypeOfSymbolAtLocation(symbol, symbol.valueDeclaration);
  const signatures = type.getCallSignatures();
  const returned = signatures.map((it) => checker.typeToString(it.getReturnType()));
  return returned.some((it) => it.includes('Decorator'))
    ? [{ name, symbol, text, signatures }]
    : [];
}

/** The decorator that another name stands for, as in `export const ObserveCommand = Command`. */
function originalOf({ symbol }) {
  return symbol.valueDeclaration.initializer?.getText();
}

function section(checker, aliases) {
  const [{ text, signatures }] = aliases;
  const names = aliases.map(({ name }) => name);
  const also =
    names.length > 1
      ? ` Also exported as ${names
          .slice(1)
          .map((it) => code(`@${it}`))
          .join(', ')}.`
      : '';
  const options = signatures.flatMap((it) => optionsOf(checker, it));
  const unique = [...new Map(options.map((it) => [it.name, it])).values()];
  const rows = unique.map((it) => rowOf(checker, it));
  return `## @${names[0]}\n\n${text}${also}\n\n${table(['option', 'meaning', 'default'], rows)}`;
}

function optionsOf(checker, signature) {
  return signature.getParameters().flatMap((parameter) => {
    const type = checker.getTypeOfSymbolAtLocation(parameter, parameter.valueDeclaration);
    const parts = type.isUnion() ? type.types : [type];
    return parts
      .filter((it) => it.isClassOrInterface() || it.isIntersection())
      .flatMap((it) => checker.getPropertiesOfType(it));
  });
}

function rowOf(checker, symbol) {
  const { valueDeclaration: declaration } = symbol;
  const parameters = declaration?.parameters?.map((it) => it.name.getText()).join(', ');
  const isRest = declaration?.parameters?.some((it) => it.dotDotDotToken);
  const shown =
    parameters === undefined ? symbol.name : `${symbol.name}(${isRest ? '...' : ''}${parameters})`;
  const isRequired = declaration?.questionToken === undefined;
  const fallback = tagOf(checker, symbol, 'defaultValue') ?? (isRequired ? 'required' : '');
  return [code(shown), commentOf(checker, symbol), fallback];
}
