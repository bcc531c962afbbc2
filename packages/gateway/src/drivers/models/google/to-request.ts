import type { ModelMessage, ModelRequest, Opaque, ToolSpec } from '../../../engine/ports/model.ts';
import { type JsonObject, objectOf, textOf } from '../kit/json.ts';
import { toolInputObject } from '../kit/tool-input.ts';
import { acceptedSchema } from './accepted-schema.ts';

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
  readonly holdsResults: boolean;
}

export const toRequest = (request: ModelRequest): JsonObject => ({
  ...(request.system.trim() === '' ? {} : { systemInstruction: { parts: [{ text: request.system }] } }),
  contents: toContents(request).map(({ role, parts }) => ({ role, parts })),
  ...(request.tools.length === 0 ? {} : { tools: [{ functionDeclarations: request.tools.map(toDeclaration) }] }),
  generationConfig: { maxOutputTokens: request.maxTokens },
});

const toDeclaration = ({ name, description, inputSchema }: ToolSpec): JsonObject => ({
  name,
  description,
  // A function without parameters must not have an empty object for them.
  ...(Object.keys(objectOf(inputSchema['properties']) ?? {}).length === 0 ? {} : { parametersJsonSchema: acceptedSchema(inputSchema) }),
});

const toContents = (request: ModelRequest): readonly Content[] => {
  const contents: Content[] = [];
  for (const message of request.messages) {
    const content = toContent(message, request.model);
    if (content.parts.length === 0) continue;
    if (contents.length === 0 && content.role === 'model') contents.push({ role: 'user', parts: [{ text: '(continued)' }], holdsResults: false });
    const last = contents.at(-1);
    // The results of parallel calls have to be together, and alone.
    if (last?.holdsResults && content.holdsResults) last.parts.push(...content.parts);
    else contents.push(content);
  }
  return contents;
};

const toContent = (message: ModelMessage, model: string): Content => {
  if (message.role === 'user') {
    const images = (message.images ?? []).map(({ mediaType: mimeType, base64: data }) => ({ inlineData: { mimeType, data } }));
    return { role: 'user', parts: [...images, { text: message.text === '' ? '(no text)' : message.text }], holdsResults: false };
  }
  if (message.role === 'tool') return { role: 'user', parts: [toResult(message)], holdsResults: true };
  return { role: 'model', parts: toModelParts(message, model), holdsResults: false };
};

const toResult = ({ callId, tool, output, isError }: Extract<ModelMessage, { role: 'tool' }>): JsonObject => ({
  functionResponse: { id: callId, name: tool, response: isError ? { error: output } : { output } },
});

const toModelParts = (message: Extract<ModelMessage, { role: 'assistant' }>, model: string): JsonObject[] => {
  const signatures = signaturesOf(message.opaque);
  const said = message.text === '' ? [] : [{ text: message.text, ...signed(textOf(signatures.text)) }];
  const calls = message.toolCalls.map(({ id, tool, input }, index) => ({
    functionCall: { id, name: tool, args: toolInputObject(input) },
    ...signed(textOf(signatures.calls[id]) ?? (index === 0 ? unsignedMark(model) : undefined)),
  }));
  return [...said, ...calls];
};

const signed = (thoughtSignature: string | undefined): JsonObject => (thoughtSignature === undefined ? {} : { thoughtSignature });

/** Gemini 3 refuses calls without a signature; this documented value lets those of other models pass. */
const unsignedMark = (model: string): string | undefined => (/gemini-[3-9]/.test(model) ? 'skip_thought_signature_validator' : undefined);

const signaturesOf = (opaque: Opaque | undefined): { readonly text: unknown; readonly calls: JsonObject } => {
  const data = opaque?.provider === 'google' ? objectOf(opaque.data) : undefined;
  return { text: data?.['text'], calls: objectOf(data?.['calls']) ?? {} };
};
