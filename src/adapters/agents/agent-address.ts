/** Where an agent is. */
export interface AgentAddress {
  readonly node: string;
  /** Of its pod: another one is another agent, also at the same address. */
  readonly uid: string;
  readonly address: string;
}

/** By which the controller proves itself to agents, and knows them. PEM texts. */
export interface AgentTlsMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}
