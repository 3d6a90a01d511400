#!/bin/sh
# A study as an array of SLURM jobs: sbatch slurm_array.sh DATASET OUT
#
# Each job does a share of the stimuli and nothing connects them. When all are done, the shares are joined:
#   gaze-cli merge OUT/shard-* --out OUT/study
# A job that failed is sent again with the same command; what is done is not done again.
#SBATCH --job-name=gaze
#SBATCH --array=1-8
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=02:00:00
set -eu
data=$1
out=$2
shard=${SLURM_ARRAY_TASK_ID:?start this with sbatch}
count=${SLURM_ARRAY_TASK_COUNT:?start this with sbatch}
mkdir -p "$out"
status=0
gaze-cli run --data "$data" --model gaze-lite,center-bias --out "$out/shard-$shard" \
    --shard "$shard/$count" --threads "${SLURM_CPUS_PER_TASK:-1}" --progress none || status=$?
# 1 says that some input had no value, which the report tells; all is done nevertheless.
[ "$status" -le 1 ]
