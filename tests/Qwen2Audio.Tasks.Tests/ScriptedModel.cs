using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>
/// A model whose answers are set by the test: each 40 ms row of audio has the class that <see cref="Rows"/> gives, and the decoder's
/// log probabilities come from <see cref="Judge"/>.
/// </summary>
internal sealed class ScriptedModel : ISpeechNetwork
{
    /// <summary>A clip that is loud from the start is speech that says "one"; other sounds are "rain".</summary>
    public static ScriptedModel OfSpeechAndSounds() => new()
    {
        Judge = (task, text) => (task, text) switch
        {
            ("speech", "speech") => -0.1,
            ("speech", _) => -2.4,
            (_, "one") => -0.2,
            (_, "rain") => -0.1,
            _ => -5,
        },
        Rows = (_, rows) =>
        {
            var likely = new (int, double)[rows];
            likely[5] = (TinyText.Ids("one")[0], 0.95);
            return likely;
        },
        Decoded = "two",
    };

    public const int RowSamples = 640;

    /// <summary>Likely classes of a piece's rows and their probability, given the piece's start in seconds and its number of rows.</summary>
    public Func<double, int, (int Class, double Probability)[]> Rows { get; init; } = (_, count) => new (int, double)[count];

    /// <summary>A second likely class of a row, or of several.</summary>
    public (int Row, int Class, double Probability) Second { get; init; }

    /// <summary>Number of rows with it, from that row on.</summary>
    public int SecondRows { get; init; } = 1;

    /// <summary>The encoder's rows in the decoder's width, all of them the same.</summary>
    public float[] AudioRow { get; init; } = [];

    /// <summary>ln P of a text under a task.</summary>
    public Func<string, string, double> Judge { get; init; } = (_, text) => -text.Length;

    /// <summary>Text chosen by the decoder alone.</summary>
    public string Decoded { get; init; } = "";

    public List<string> Asked { get; } = [];

    public int Encoded { get; private set; }

    /// <summary>Utterances of streams that were begun.</summary>
    public int Utterances { get; private set; }

    public SpeechSettings Settings { get; init; } = new()
    {
        EndToken = 1,
        LabelSets = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["digit"] = ["one", "two"],
            ["keyword"] = ["bed", "cat"],
            ["sound"] = ["dog bark", "rain"],
            ["speech"] = ["speech", "other sound"],
        },
    };

    public BytePairTokenizer Tokenizer => TinyText.Tokenizer;

    public int SampleRate => 16_000;

    public double LongestSeconds => 30;

    public int LongestText => 100;

    public SpeechModel ToModel() => new(
        new SpeechModelInfo
        {
            Path = "scripted",
            Kind = "scripted",
            Config = Sizes,
            Parameters = 0,
            WeightBytes = 0,
            SampleRate = SampleRate,
            RowsPerSecond = 25,
            LabelSets = Settings.LabelSets,
            CtcBeam = Settings.CtcBeam,
            CtcWeight = Settings.CtcWeight,
            Threads = 1,
        }, this, new ModelGate(new TurnQueue(), ops: null));

    public EncodedPiece? Encode(ReadOnlySpan<float> samples, double start)
    {
        Encoded++;
        var rows = samples.Length / RowSamples;
        if (rows < 2) return null;
        var likely = Rows(start, rows);
        var classes = Tokenizer.Size;
        var logs = new float[rows * classes];
        for (var row = 0; row < rows; row++)
        {
            var (id, probability) = row < likely.Length && likely[row].Probability > 0 ? likely[row] : (0, 0.999);
            logs.AsSpan(row * classes, classes).Fill((float)Math.Log((1 - probability) / (classes - 1)));
            logs[row * classes + id] = (float)Math.Log(probability);
            if (Second.Class > 0 && row >= Second.Row && row < Second.Row + SecondRows) logs[row * classes + Second.Class] = (float)Math.Log(Second.Probability);
        }

        return new EncodedPiece
        {
            Start = start,
            Seconds = samples.Length / 16_000.0,
            Levels = new SoundLevels(samples, 16_000),
            Ctc = new CtcPosteriors(logs, rows, classes),
            RowSeconds = 0.04,
            Padding = 0,
            Audio = [.. Enumerable.Repeat(AudioRow, rows / 2).SelectMany(row => row)],
            AudioRows = rows / 2,
        };
    }

    public double? StreamingDelay { get; init; } = 0.16;

    public IUtteranceEncoder Begin() => new ScriptedEncoder(this);

    /// <summary>Rows of 40 ms, four at a time, as <see cref="Encode"/> gives them for the samples so far; a stream's utterances are told apart by their number.</summary>
    private sealed class ScriptedEncoder(ScriptedModel model) : IUtteranceEncoder
    {
        private readonly List<float> _samples = [];
        private readonly int _number = model.Utterances++;
        private EncodedPiece? _piece;

        public int Rows { get; private set; }

        public int ChunkRows => 4;

        public int NextAt => (Rows + ChunkRows) * RowSamples;

        public int RowSamples => ScriptedModel.RowSamples;

        public int Classes => model.Tokenizer.Size;

        public void Add(ReadOnlySpan<float> samples, bool ends)
        {
            _samples.AddRange(samples);
            _piece = model.Encode(_samples.ToArray(), _number);
            Rows = _piece is null ? 0 : ends ? _piece.Ctc.Rows : _piece.Ctc.Rows / ChunkRows * ChunkRows;
        }

        public ReadOnlySpan<float> Row(int row) => _piece!.Ctc.Row(row);

        public CtcPosteriors? Phones(int first) => null;

        public EncodedPiece? Piece(int rows, ReadOnlySpan<float> samples, double start)
        {
            if (_piece is null || rows < 2) return null;
            float[] logs = [.. Enumerable.Range(0, rows).SelectMany(row => _piece.Ctc.Row(row).ToArray())];
            return new EncodedPiece
            {
                Start = start,
                Seconds = samples.Length / 16_000.0,
                Levels = new SoundLevels(samples, 16_000),
                Ctc = new CtcPosteriors(logs, rows, Classes),
                RowSeconds = 0.04,
                Padding = 0,
                Audio = [],
                AudioRows = rows / 2,
            };
        }

        public void Dispose()
        {
        }
    }

    public double[] Score(EncodedPiece piece, string task, IReadOnlyList<int[]> texts)
    {
        Asked.Add(task);
        return [.. texts.Select(text => Judge(task, Tokenizer.Decode(text)))];
    }

    public DecodedText Decode(EncodedPiece piece, string task, int width) => new(Tokenizer.Encode(Decoded), -1, Ended: true);

    private static Qwen2AudioConfig Sizes { get; } = new()
    {
        AudioTokenIndex = 2,
        AudioConfig = new AudioEncoderConfig
        {
            NumMelBins = 80,
            DModel = 8,
            EncoderLayers = 1,
            EncoderAttentionHeads = 1,
            EncoderFfnDim = 8,
            MaxSourcePositions = 750,
        },
        TextConfig = TinyConfigs.Text with
        {
            VocabSize = 70,
            HiddenSize = 8,
            IntermediateSize = 8,
            NumHiddenLayers = 1,
            NumAttentionHeads = 1,
            NumKeyValueHeads = 1,
        },
    };
}
