// So many services behind one load balancer, monitored by cdk-monitoring-constructs: eight alarms and its own widgets for
// each, and four alarms on the load balancer. Prints what that took once everything was loaded, as JSON.
//
//   node monitored.js SERVICES default|unvalidated DIRECTORY

const { App, Stack } = require("aws-cdk-lib");
const { Metric } = require("aws-cdk-lib/aws-cloudwatch");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const elb = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const { Topic } = require("aws-cdk-lib/aws-sns");
const { MonitoringFacade, SnsAlarmActionStrategy } = require("cdk-monitoring-constructs");

const count = Number(process.argv[2]);
const validated = process.argv[3] !== "unvalidated";
const BALANCER_METRICS = [
  "HTTPCode_ELB_5XX_Count",
  "RejectedConnectionCount",
  "TargetConnectionErrorCount",
  "ClientTLSNegotiationErrorCount",
];
const arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";

function program() {
  // 806 resources are more than CloudFormation takes of one stack; what is measured here is the program alone.
  const context = { "@aws-cdk/core:stackResourceLimit": 0 };
  const app = new App({ outdir: process.argv[4], builtinCloudFormationValidation: validated, context });
  const stack = new Stack(app, "many", { env: { account: "123456789012", region: "eu-central-1" } });
  const topic = new Topic(stack, "critical");
  const facade = new MonitoringFacade(stack, "monitoring", {
    alarmFactoryDefaults: {
      actionsEnabled: true,
      alarmNamePrefix: "many",
      action: new SnsAlarmActionStrategy({ onAlarmTopic: topic, onOkTopic: topic }),
    },
  });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, "vpc", { vpcId: "vpc-1", availabilityZones: ["eu-central-1a"] });
  const cluster = ecs.Cluster.fromClusterAttributes(stack, "cluster", { clusterName: "many", vpc, securityGroups: [] });
  const balancer = elb.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, "public", {
    loadBalancerArn: `${arn}:loadbalancer/app/many/1`,
    securityGroupId: "sg-1",
  });
  for (let index = 0; index < count; index += 1) {
    const name = `service-${index}`;
    const service = ecs.FargateService.fromFargateServiceAttributes(stack, name, { serviceName: name, cluster });
    const group = elb.ApplicationTargetGroup.fromTargetGroupAttributes(stack, `${name}-group`, {
      targetGroupArn: `${arn}:targetgroup/${name}/1`,
      loadBalancerArns: `${arn}:loadbalancer/app/many/1`,
    });
    facade.monitorFargateApplicationLoadBalancer({
      fargateService: service,
      applicationLoadBalancer: balancer,
      applicationTargetGroup: group,
      alarmFriendlyName: name,
      addCpuUsageAlarm: { Warning: { maxUsagePercent: 70 }, Critical: { maxUsagePercent: 90 } },
      addMemoryUsageAlarm: { Warning: { maxUsagePercent: 80 }, Critical: { maxUsagePercent: 90 } },
      addRunningTaskCountAlarm: { Critical: { maxRunningTasks: 100 } },
      addHealthyTaskCountAlarm: { Critical: { minHealthyTasks: 1 } },
      addUnhealthyTaskCountAlarm: { Warning: { maxUnhealthyTasks: 1 } },
      addMinProcessedBytesAlarm: { Warning: { minProcessedBytes: 1 } },
    });
  }
  facade.monitorCustom({
    alarmFriendlyName: "public",
    humanReadableName: "public",
    metricGroups: [
      {
        title: "Load balancer",
        metrics: BALANCER_METRICS.map((name) => ({
          alarmFriendlyName: name,
          metric: new Metric({
            namespace: "AWS/ApplicationELB",
            metricName: name,
            statistic: "Sum",
            dimensionsMap: { LoadBalancer: "app/many/1" },
          }),
          addAlarm: { Critical: { threshold: 10, comparisonOperator: "GreaterThanThreshold" } },
        })),
      },
    ],
  });
  return app.synth({ skipValidation: !validated });
}

const started = process.hrtime.bigint();
const made = program();
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const resources = Object.values(made.stacks[0].template.Resources);
process.stdout.write(JSON.stringify({
  seconds,
  alarms: resources.filter((resource) => resource.Type === "AWS::CloudWatch::Alarm").length,
  megabytes: process.resourceUsage().maxRSS / 1024,
}));
