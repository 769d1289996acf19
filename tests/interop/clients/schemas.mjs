// The schemas of every version of MCP, and the one that a message has to meet.
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import add_formats from "ajv-formats";

const versions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];
const tasks = "tasks";

const without_a_typed_result = ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
const of_tasks = {
  "tasks/get": "GetTask",
  "tasks/update": "UpdateTask",
  "tasks/cancel": "CancelTask",
  "notifications/tasks": "TaskStatus",
};
// Extensions that have no schema of their own; the inspector checks what they bring.
const without_schema = ["skills/list", "skills/get"];
const typed_errors = {
  "-32020": "HeaderMismatchError",
  "-32021": "MissingRequiredClientCapabilityError",
  "-32022": "UnsupportedProtocolVersionError",
};

class Schema {
  constructor(name) {
    const file = new URL(`./schemas/${name}.json`, import.meta.url);
    const schema = JSON.parse(readFileSync(file, "utf8"));
    this.place = schema.$defs ? "$defs" : "definitions";
    this.definitions = schema[this.place];
    const options = { strict: false, validateFormats: true };
    this.ajv = schema.$defs ? new Ajv2020(options) : new Ajv(options);
    add_formats.default(this.ajv);
    this.ajv.addSchema({ ...schema, $id: name });
    this.name = name;
    this.by_method = {};
    for (const [definition, { properties }] of Object.entries(this.definitions)) {
      const method = properties?.method?.const;
      if (method && !definition.startsWith("Client")) this.by_method[method] = definition;
    }
  }

  has(definition) {
    return definition in this.definitions;
  }

  // What is wrong with the value, in words: "" when nothing is.
  complaint(definition, value) {
    const valid = this.ajv.getSchema(`${this.name}#/${this.place}/${definition}`);
    return valid(value) ? "" : `${this.name} ${definition}: ${this.ajv.errorsText(valid.errors)}`;
  }

  // A member at the top that the definition does not name: a field of another version, or misspelt.
  stranger(definition, value) {
    const known = this.definitions[definition]?.properties;
    const strange = known && Object.keys(value).find((member) => !(member in known));
    return strange ? `${this.name} ${definition} has no "${strange}"` : "";
  }
}

const schemas = Object.fromEntries([...versions, tasks].map((name) => [name, new Schema(name)]));

export const is_version = (version) => versions.includes(version);

// What is wrong with a value, by a schema that came with the messages.
export function complaint_of_value(schema, value) {
  const ajv = new Ajv2020({ strict: false, logger: false });
  return ajv.validate(schema, value) ? "" : `what its tool promised: ${ajv.errorsText()}`;
}

// What is wrong with a request or a notification of that version.
export function complaint_of_message(version, message) {
  if (message.method in of_tasks && version === versions.at(-1)) {
    const kind = "id" in message ? "Request" : "Notification";
    return schemas[tasks].complaint(of_tasks[message.method] + kind, message);
  }
  const schema = schemas[version];
  if (without_schema.includes(message.method)) return schema.complaint("JSONRPCRequest", message);
  const definition = schema.by_method[message.method];
  if (!definition) return `${version} has no ${message.method}`;
  return schema.complaint("id" in message ? "JSONRPCRequest" : "JSONRPCNotification", message) ||
    schema.complaint(definition, message);
}

// What is wrong with an answer to that method.
export function complaint_of_answer(version, method, message) {
  const schema = schemas[version];
  if (message.error) {
    const plain = schema.has("JSONRPCErrorResponse") ? "JSONRPCErrorResponse" : "JSONRPCError";
    const typed = typed_errors[message.error.code];
    return schema.complaint(schema.has(typed) ? typed : plain, message);
  }
  const plain = schema.has("JSONRPCResultResponse") ? "JSONRPCResultResponse" : "JSONRPCResponse";
  return schema.complaint(plain, message) || complaint_of_result(schema, method, message.result);
}

function complaint_of_result(schema, method, result) {
  if (method in of_tasks) return schemas[tasks].complaint(of_tasks[method] + "Result", result);
  if (without_schema.includes(method)) return schema.complaint("Result", result);
  if (result.resultType === "task") return schemas[tasks].complaint("CreateTaskResult", result);
  if (without_a_typed_result.includes(method)) {
    return Object.keys(result).length === 0 ? "" : `the answer to ${method} is not empty`;
  }
  const definition = result.resultType === "input_required"
    ? "InputRequiredResult"
    : schema.by_method[method]?.replace(/Request$/, "Result");
  if (!definition) return `${schema.name} has no ${method}`;
  return schema.complaint(definition, result) || schema.stranger(definition, result);
}
