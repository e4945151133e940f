/** The namespace of the agents where nothing else is said: theirs must be privileged (hostPID), so that it is not that of gate and controller. */
export const AGENT_NAMESPACE = 'portcullis-agent';

/** The name that an agent's certificate bears, whatever the address of its pod: the controller checks it. */
export const AGENT_SERVER_NAME = 'portcullis-agent';

/** The common name of the client certificate that an agent answers to, and to no other of the same CA. */
export const CONTROLLER_NAME = 'portcullis-controller';
