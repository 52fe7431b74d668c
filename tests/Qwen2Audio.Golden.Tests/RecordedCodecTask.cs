using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A convolutional codec on one batch, trained by the codec task's step as in the recorded run.</summary>
internal sealed class RecordedCodecTask : TrainingTask
{
    private readonly WorkerPool _pool = new(2);
    private readonly CodecStep _step;
    private readonly float[] _waveform;
    private readonly int _batch;
    private readonly long _reconstructionSteps;
    private readonly double[] _rates;
    private long _at;

    public RecordedCodecTask(
        ConfigObject json, float[] waveform, int batch, long reconstructionSteps, long steps, (AdamWOptions Options, double Rate) codec,
        (AdamWOptions Options, double Rate) discriminators)
    {
        (_waveform, _batch, _reconstructionSteps, TotalSteps) = (waveform, batch, reconstructionSteps, steps);
        _rates = [discriminators.Rate, codec.Rate];
        var config = new CodecConfig
        {
            SamplingRate = json.Int("sampling_rate"),
            Channels = json.Int("channels"),
            Kernel = json.Int("kernel"),
            LastKernel = json.Int("last_kernel"),
            Strides = json.IntListOr("strides", []),
            ResidualUnits = json.Int("residual_units"),
            ResidualKernel = json.Int("residual_kernel"),
            DilationBase = json.Int("dilation_base"),
            Compress = json.Int("compress"),
            Dimension = json.Int("dimension"),
            Stages = json.Int("stages"),
            Entries = json.Int("entries"),
        };
        var (mel, weights) = (json.Object("mel"), json.Object("loss_weights"));
        int[] windows = [.. mel.IntListOr("windows", [])], bins = [.. mel.IntListOr("n_mels", [])];
        MelScales = [.. windows.Zip(bins).Select(scale => MelLossScale.Slaney(config.SamplingRate, scale.First, scale.Second))];
        var losses = new CodecLossRecipe
        {
            Waveform = weights.Number("waveform"),
            Mel = 0,
            LogMagnitude = 0,
            Convergence = 0,
            DacMel = weights.Number("mel"),
            Commitment = weights.Number("commitment"),
            Codebook = weights.Number("codebook"),
            Adversarial = weights.NumberOr("adversarial", 0),
            FeatureMatching = weights.NumberOr("feature_matching", 0),
            AdversarialForm = weights.StringOr("adversarial_form", "hinge", "hinge", "clipped_hinge", "least_squares") switch
            {
                "clipped_hinge" => AdversarialForm.ClippedHinge,
                "least_squares" => AdversarialForm.LeastSquares,
                _ => AdversarialForm.Hinge,
            },
            RelativeFeatures = weights.BoolOr("relative_features", false),
            MelWindows = windows,
            MelBins = bins,
        };
        var parameters = new ParameterSet();
        var network = new ConvolutionalCodec(config, parameters.Weights);
        parameters.Allocate(_ => true);
        var sizes = json.Object("discriminator");
        var discriminator = new DiscriminatorConfig { Periods = sizes.IntListOr("periods", []), Channels = sizes.Int("channels") };
        _step = new CodecStep(network, new CodecLosses(losses, config.SamplingRate), discriminator, _pool);
        Codec = new TrainingStage("codec", parameters, new AdamWOptimizer(parameters, codec.Options, _pool));
        Discriminators = new TrainingStage("discriminator", _step.Discriminators, new AdamWOptimizer(_step.Discriminators, discriminators.Options, _pool));
        Conditions.Add("codec", "recorded");
    }

    public TrainingStage Codec { get; }

    public TrainingStage Discriminators { get; }

    public IReadOnlyList<MelLossScale> MelScales { get; }

    public CodecOutput Output => _step.Output;

    internal override IReadOnlyList<TrainingStage> Stages => [Discriminators, Codec];

    internal override long TotalSteps { get; }

    internal override RunConditions Conditions { get; } = new();

    internal override StepData Begin(long step)
    {
        _at = step;
        _step.Begin(_waveform, _batch, []);
        return new StepData(0, 0, []);
    }

    internal override bool Trains(int stage) => stage == 1 || _at >= _reconstructionSteps;

    internal override StepLosses Compute(int stage) => stage == 1 ? _step.ComputeCodec(null, _at >= _reconstructionSteps) : _step.ComputeDiscriminators(null);

    internal override double LearningRate(int stage) => _rates[stage];

    internal override void WriteModel(string folder) => File.WriteAllText(Path.Combine(folder, "codec.txt"), "recorded");

    public override void Dispose()
    {
        _step.Dispose();
        Codec.Parameters.Dispose();
        _pool.Dispose();
    }

    private sealed class ConvolutionalCodec(CodecConfig config, IWeights weights) : ICodecNetwork
    {
        private readonly CodecEncoder _encoder = new(config, weights.Sub("encoder"));
        private readonly ResidualQuantiser _quantiser = ResidualQuantiser.Euclidean(weights.Sub("quantizer"), config.Stages, config.Entries, config.Dimension);
        private readonly CodecDecoder _decoder = new(config, weights.Sub("decoder"));

        public int Hop => config.Hop;

        public CodecOutput Forward(TrainingOps ops, Variable sound, Layout rows, ReadOnlySpan<int> books)
        {
            var latent = _encoder.Forward(ops, sound, ref rows);
            var codes = new int[rows.Rows * config.Stages];
            var quantised = _quantiser.Quantise(ops, latent, config.Stages, codes);
            return new CodecOutput(latent, codes, _decoder.Forward(ops, quantised, ref rows));
        }
    }
}
