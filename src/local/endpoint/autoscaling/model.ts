/** An auto scaling group, put there by the control call `seed`. */
export interface SeededGroup {
  readonly name: string;
  readonly launchTemplateId?: string | undefined;
  readonly launchTemplateName?: string | undefined;
  readonly version?: string | undefined;
  readonly launchConfiguration?: string | undefined;
  readonly instanceIds?: readonly string[] | undefined;
}

/** A launch configuration, put there by the control call `seed`. */
export interface SeededLaunchConfiguration {
  readonly name: string;
  readonly imageId: string;
}
