# What the runbooks' commands share: `. docs/runbooks/shell.sh` in bash, with the AWS CLI version 2 and GNU date (CloudShell
# has both). AWS_REGION is the stack's region unless a page says another. Nothing here changes anything.

SINCE=${SINCE:-3 hours ago} # how far back `metric`, `insights` and `changes` look

# metric NAMESPACE NAME STATISTIC [DIMENSION=VALUE...]: a metric's points, five minutes each, the oldest first.
metric() {
  local namespace=$1 name=$2 option=--statistics key=$3 dimensions=() one
  case $3 in p[0-9]*) option=--extended-statistics key="ExtendedStatistics.\"$3\"" ;; esac
  for one in "${@:4}"; do dimensions+=("Name=${one%%=*},Value=${one#*=}"); done
  aws cloudwatch get-metric-statistics --namespace "$namespace" --metric-name "$name" "$option" "$3" \
    ${dimensions[0]:+--dimensions "${dimensions[@]}"} --period "${PERIOD:-300}" \
    --start-time "$(date -u -d "$SINCE" +%FT%TZ)" --end-time "$(date -u +%FT%TZ)" \
    --query "sort_by(Datapoints,&Timestamp)[].[Timestamp,$key]" --output text
}

# insights LOG_GROUP QUERY: a Logs Insights query, and its answer, a line each.
insights() {
  local id status=Running
  id=$(aws logs start-query --log-group-name "$1" --query-string "$2" --start-time "$(date -u -d "$SINCE" +%s)" \
    --end-time "$(date -u +%s)" --query queryId --output text) || return
  while [ "$status" = Running ] || [ "$status" = Scheduled ]; do
    sleep 1
    status=$(aws logs get-query-results --query-id "$id" --query status --output text) || return
  done
  aws logs get-query-results --query-id "$id" --query "results[*][?field!='@ptr'].value" --output text
}

# changes NAME: who changed a resource of that name, the newest first (the trail is up to fifteen minutes late).
changes() {
  aws cloudtrail lookup-events --lookup-attributes "AttributeKey=ResourceName,AttributeValue=$1" \
    --start-time "$(date -u -d "$SINCE" +%FT%TZ)" --max-items 20 \
    --query 'Events[].[EventTime,EventName,Username]' --output text
}

# alarm NAME: why an alarm rings, and what it did before.
alarm() {
  aws cloudwatch describe-alarms --alarm-names "$1" --alarm-types MetricAlarm CompositeAlarm --output text \
    --query '[MetricAlarms,CompositeAlarms][].[StateValue,StateUpdatedTimestamp,StateReason,AlarmDescription]'
  aws cloudwatch describe-alarm-history --alarm-name "$1" --alarm-types MetricAlarm CompositeAlarm \
    --history-item-type StateUpdate --max-items 10 --query 'AlarmHistoryItems[].[Timestamp,HistorySummary]' --output text
}

# children COMPOSITE: the alarms under a composite, and which of them ring.
children() {
  local names
  mapfile -t names < <(aws cloudwatch describe-alarms --children-of-alarm-name "$1" --output text \
    --query '[MetricAlarms,CompositeAlarms][].AlarmName' | tr '\t' '\n')
  if [ "${#names[@]}" -eq 0 ]; then return; fi
  aws cloudwatch describe-alarms --alarm-names "${names[@]}" --alarm-types MetricAlarm CompositeAlarm --output text \
    --query '[MetricAlarms,CompositeAlarms][].[StateValue,AlarmName]' | sort
}
