using System.Text.Json.Serialization;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>All settings for training a codec; read from YAML with <c>task: codec</c> by <see cref="CodecRecipeFile"/>.</summary>
[RecipeOf("train", RecipeKind.Codec)]
internal sealed record CodecRecipe
{
    /// <summary>Seed for initial weights, crops, gains and quantiser dropout.</summary>
    public long Seed { get; init; }

    public CodecDataRecipe Data { get; init; } = new();

    /// <summary>Folder of a codec or of a training run of one, relative to the recipe's, with whose weights training begins; empty: none.</summary>
    [JsonIgnore]
    public string InitialiseFrom { get; init; } = "";

    /// <summary>
    /// Share of the initial weights in the decoder that checkpoints publish and that is measured; the rest is the trained weights' (robust fine-tuning by
    /// interpolation, 2109.01903). It does not change training.
    /// </summary>
    [JsonIgnore]
    public double InitialShare { get; init; }

    /// <summary>Sizes of the codec.</summary>
    public FrameCodecConfig Model { get; init; } = new();

    /// <summary>How checkpoints store the published weights; training always resumes from float32.</summary>
    [JsonIgnore]
    public StoredPrecision Stored { get; init; } = StoredPrecision.Float16;

    public CodebookRecipe Quantiser { get; init; } = new();

    public CodecLossRecipe Losses { get; init; } = new();

    /// <summary>Folder of the recogniser for the losses content, perceptual and posteriors, relative to the recipe's; empty: none.</summary>
    public string Teacher { get; init; } = "";

    /// <summary>Discriminators for phases with <see cref="CodecPhaseRecipe.Adversarial"/>; absent: none.</summary>
    public CodecDiscriminatorRecipe? Discriminator { get; init; }

    public OptimizerRecipe Optimizer { get; init; } = new() { Beta1 = 0.8, Beta2 = 0.99, WeightDecay = 0.01, MaxGradientNorm = 5 };

    public CodecPhaseRecipe[] Phases { get; init; } = [];

    public CheckpointRecipe Checkpoints { get; init; } = new();

    /// <summary>Steps of all phases.</summary>
    internal long Steps => Phases.Sum(phase => (long)phase.Steps);

    /// <summary>The phase of a step of the run, from 0, and the step with which it begins.</summary>
    internal (int Phase, long First) PhaseOf(long step) => TrainingPhase.Of(Phases, step);
}

/// <summary>Recordings, and how a step draws from them. Paths are relative to the recipe's folder.</summary>
internal sealed record CodecDataRecipe
{
    /// <summary>Manifests and shards; texts are not used.</summary>
    public string[] Manifests { get; init; } = [];

    /// <summary>The split to train on.</summary>
    public string Split { get; init; } = "train";

    /// <summary>Number of crops per step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Length of a crop; shorter recordings are joined to fill one.</summary>
    public double CropSeconds { get; init; } = 1;

    /// <summary>Minimum gain of a crop, in dB.</summary>
    public double LeastGain { get; init; } = -8;

    /// <summary>Maximum gain, in dB.</summary>
    public double MostGain { get; init; } = 4;

    /// <summary>Number of validation recordings of each dataset that are measured, evenly spaced.</summary>
    [JsonIgnore]
    public int ValidationClips { get; init; } = 52;

    /// <summary>Maximum percentage of unusable rows; above it the run is rejected. Does not change the result.</summary>
    [JsonIgnore]
    public double MaxSkippedPercent { get; init; } = 5;
}

/// <summary>Type of the published weights in a checkpoint.</summary>
internal enum StoredPrecision { Float16, Float32 }

/// <summary>How codebooks are learned.</summary>
internal sealed record CodebookRecipe
{
    /// <summary>Decay of the moving averages per step.</summary>
    public double Decay { get; init; } = 0.99;

    /// <summary>Added to the counts, so that unused entries stay finite.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Number of frames of the untrained encoder for initialising the codebooks by k-means.</summary>
    public int StartFrames { get; init; } = 9600;

    /// <summary>Iterations of k-means.</summary>
    public int StartIterations { get; init; } = 8;

    /// <summary>An entry is reset when its count falls below this fraction of the mean; 0: never.</summary>
    public double RestartBelow { get; init; } = 0.03;

    /// <summary>Count of a reset entry, as a fraction of the mean.</summary>
    public double RestartCount { get; init; } = 0.2;

    /// <summary>Fraction of the crops that use only a random number of the first codebooks (quantiser dropout).</summary>
    public double DropoutShare { get; init; } = 0.5;

    /// <summary>The numbers of codebooks that these crops use, each as often as it is named; absent: all, equally often.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int[]? DropoutBooks { get; init; }
}

/// <summary>Weights of the losses; 0 turns one off. Windows of the spectral losses are in samples.</summary>
internal sealed record CodecLossRecipe
{
    /// <summary>Weight of the L1 loss of the samples.</summary>
    public double Waveform { get; init; }

    /// <summary>Weight of the multi-scale log-mel loss.</summary>
    public double Mel { get; init; } = 1;

    /// <summary>Weight of the log-magnitude loss.</summary>
    public double LogMagnitude { get; init; } = 0.5;

    /// <summary>Weight of the spectral convergence.</summary>
    public double Convergence { get; init; } = 0.5;

    /// <summary>Weight of DAC's mel loss, which has decimal logarithms and a linear term.</summary>
    public double DacMel { get; init; }

    /// <summary>Weight of the commitment loss.</summary>
    public double Commitment { get; init; } = 0.25;

    /// <summary>Weight of the codebook loss, if codebooks learn by gradient instead of averages.</summary>
    internal double Codebook { get; init; }

    /// <summary>Weight of the content loss, 1 − the cosine between the mapped first codebook and <see cref="CodecRecipe.Teacher"/>.</summary>
    public double Content { get; init; }

    /// <summary>Weight of the relative difference of the outputs of <see cref="CodecRecipe.Teacher"/>'s blocks for decoded audio and recording.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Perceptual { get; init; }

    /// <summary>The blocks that are compared, from 1; absent: all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int[]? PerceptualBlocks { get; init; }

    /// <summary>Weight of the divergence of the teacher's CTC posteriors for decoded audio from those for the recording.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Posteriors { get; init; }

    /// <summary>Whether a loss needs <see cref="CodecRecipe.Teacher"/>.</summary>
    internal bool NeedTeacher => Content + Perceptual + Posteriors > 0;

    /// <summary>Weight of the adversarial loss.</summary>
    public double Adversarial { get; init; } = 0.2;

    /// <summary>Weight of the feature matching loss.</summary>
    public double FeatureMatching { get; init; } = 1;

    /// <summary>Which adversarial losses.</summary>
    public AdversarialForm AdversarialForm { get; init; } = AdversarialForm.Hinge;

    /// <summary>Whether feature differences are divided by the features' magnitude.</summary>
    public bool RelativeFeatures { get; init; }

    /// <summary>Windows of the mel losses.</summary>
    public int[] MelWindows { get; init; } = [128, 256, 512, 1024, 2048];

    /// <summary>Mel bins at each of these windows.</summary>
    public int[] MelBins { get; init; } = [10, 20, 40, 80, 128];

    /// <summary>Windows of log magnitude and convergence.</summary>
    public int[] StftWindows { get; init; } = [256, 512, 1024];
}

/// <summary>Discriminators of waveforms, one for each period, and of spectra, one for each window.</summary>
internal sealed record CodecDiscriminatorRecipe
{
    public int[] Periods { get; init; } = [2, 3, 5];

    /// <summary>In samples; even.</summary>
    public int[] Windows { get; init; } = [];

    public int Channels { get; init; } = 8;

    public int Layers { get; init; } = 3;

    public double LearningRate { get; init; } = 2e-4;
}

/// <summary>
/// A phase of training: warm-up, then cosine decay. The optimiser's moments continue from the previous phase. Within a dataset, recordings
/// are drawn by length.
/// </summary>
internal sealed record CodecPhaseRecipe : TrainingPhase
{
    public CodecPhaseRecipe() => (LearningRate, FinalRatio) = (1e-3, 0.03);

    /// <summary>Whether discriminators are used.</summary>
    public bool Adversarial { get; init; }

    /// <summary>Whether encoder and codebooks stay as they are, so that the codec's tokens stay the same: only the decoder (and the discriminators) are trained.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DecoderOnly { get; init; }
}
