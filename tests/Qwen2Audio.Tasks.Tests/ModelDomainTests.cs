using Qwen2Audio.Tasks.Calibration;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A model warns when audio is outside its domain; without calibrated thresholds it makes no claim.</summary>
public sealed class ModelDomainTests
{
    private static readonly ModelDomain Known = new()
    {
        Words = new WordCalibration(0, -4, 0, 2),
        MinTextScore = 0.5,
        LabelSets = new Dictionary<string, LabelSetDomain>(StringComparer.Ordinal)
        {
            ["sound"] = new(new FeatureGaussian([1, 2], [1, 0, 0, 1]), 4, new SyntheticSoundScore([0, 1], -2), 1),
            ["digit"] = new(new FeatureGaussian([0, 0], [1, 0, 0, 1]), 4),
        },
    };

    [Theory]
    [InlineData(0.95, true)]
    [InlineData(0.40, false)]
    public void Words_that_fit_the_audio_badly_are_doubted(double probability, bool fits)
    {
        var transcription = new Transcriber(Saying("one", probability, Known).ToModel()).Transcribe(Sounds.Tone(1));
        Assert.Equal(("one", fits), (transcription.Text, transcription.InDomain));
        Assert.Equal(fits ? 0 : 1, transcription.Warnings.Count(warning => warning.Code == "out-of-domain"));
    }

    [Theory]
    [InlineData(Decoding.CtcGreedy)]
    [InlineData(Decoding.CtcOnly)]
    public void However_the_text_is_chosen_it_is_doubted(Decoding decoding) =>
        Assert.False(new Transcriber(Saying("one", 0.4, Known).ToModel(), new TranscriberOptions { Decoding = decoding }).Transcribe(Sounds.Tone(1)).InDomain);

    [Theory]
    [InlineData(0.95, null, "one")]
    [InlineData(0.40, null, "")]
    [InlineData(0.95, 0.5, "")] // the caller's threshold decides alone
    public void Words_that_fit_the_audio_well_are_speech_even_if_the_decoder_doubts_it(double probability, double? threshold, string text)
    {
        var model = new ScriptedModel
        {
            Judge = (task, written) => (task, written) is ("speech", "speech") ? -9 : -0.1,
            Settings = new ScriptedModel().Settings with { Domain = Known },
            Rows = (_, rows) => Says("one", rows, probability),
        };
        var transcription = new Transcriber(model.ToModel(), new TranscriberOptions { SpeechThreshold = threshold }).Transcribe(Sounds.Tone(1));
        Assert.Equal(text, transcription.Text);
        Assert.Equal(text.Length == 0, transcription.Warnings.Any(warning => warning.Code == "no-speech"));
    }

    [Fact]
    public void The_pieces_with_doubtful_words_are_named()
    {
        var model = new ScriptedModel
        {
            Judge = Speech,
            Settings = new ScriptedModel().Settings with { Domain = Known },
            Rows = (start, rows) => Says("one", rows, start < 1 ? 0.95 : 0.4),
        };
        var transcription = new Transcriber(model.ToModel(), new TranscriberOptions { MaxPieceSeconds = 2 }).Transcribe(Sounds.Tone(3));
        var warning = Assert.Single(transcription.Warnings, warning => warning.Code == "out-of-domain").Text;
        Assert.Matches(@"in 1 of 2 pieces \(from \d\.\d s\)", warning);
        Assert.False(transcription.InDomain);
    }

    [Fact]
    public void Without_thresholds_or_words_no_claim_is_made()
    {
        Assert.Null(new Transcriber(Saying("one", 0.4, null).ToModel()).Transcribe(Sounds.Tone(1)).InDomain);
        Assert.Null(new Transcriber(Saying("one", 0.4, Known).ToModel()).Transcribe(Sounds.Silence(1)).InDomain);
        Assert.Null(Classify(null, [9, 9], "sound").InDomain);
        Assert.Null(Classify(Known, [9, 9], "keyword").InDomain); // a set without statistics
    }

    [Theory]
    [InlineData("sound", 1, 2, true)]
    [InlineData("sound", 2, 3, true)]
    [InlineData("sound", 9, 2, false)] // far away
    [InlineData("sound", 1, 3.5, false)] // near, but like a made sound
    [InlineData("digit", 1, 1, true)]
    [InlineData("digit", 0, 3, false)]
    public void Labels_of_audio_unlike_their_set_are_doubted_and_still_ranked(string task, float x, float y, bool fits)
    {
        var found = Classify(Known, [x, y], task);
        Assert.Equal(fits, found.InDomain);
        Assert.Equal(1, found.Labels.Sum(label => label.Probability), 1e-9);
        Assert.Equal(fits ? 0 : 1, found.Warnings.Count(warning => warning.Code == "out-of-domain" && warning.Text.Contains($"\"{task}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Labels_of_no_set_are_not_compared_with_statistics_of_one() =>
        Assert.Null(new Classifier(Playing(Known, [9, 9]).ToModel()).Classify(Sounds.Tone(1), ["piano", "violin"]).InDomain);

    [Fact]
    public void The_distance_is_Mahalanobis()
    {
        // mean (1, 2), covariance [[4, 2], [2, 3]] of these rows; a tenth of it is replaced by 3.5 · identity
        double[][] rows = [[3, 3], [-1, 1], [1, 2 + Math.Sqrt(2)], [1, 2 - Math.Sqrt(2)], [3, 3], [-1, 1], [1, 2 + Math.Sqrt(2)], [1, 2 - Math.Sqrt(2)]];
        var gaussian = FeatureGaussian.Fit(rows);
        var (xx, xy, yy) = (0.9 * 2 + 0.1 * 1.75, 0.9 * 1.0, 0.9 * 1.5 + 0.1 * 1.75);
        var expected = (yy * 9 - 2 * xy * 3 * -1 + xx * 1) / (xx * yy - xy * xy); // of (3, -1) from the mean
        Assert.Equal(expected, gaussian.Distance([Piece(Playing(null, [4, 1]))]), expected * 1e-5);
        Assert.Throws<ArgumentException>(() => FeatureGaussian.Fit([[1, 1], [1, 1]]));
    }

    [Fact]
    public void Made_sounds_are_told_from_others()
    {
        var random = new Random(3);
        double[][] Cloud(double x) => [.. Enumerable.Range(0, 50).Select(_ => new[] { x + random.NextDouble(), 5 * random.NextDouble() })];
        var score = SyntheticSoundScore.Fit(Cloud(0), Cloud(2));
        Assert.True(score.Of([Piece(Playing(null, [0.5f, 2]))]) < -1);
        Assert.True(score.Of([Piece(Playing(null, [2.5f, 2]))]) > 1);
    }

    [Theory]
    [InlineData(9, 0.05, 9)] // too few for a share of 5 %: the largest
    [InlineData(19, 0.05, 19)]
    [InlineData(39, 0.05, 38)]
    [InlineData(99, 0.05, 95)]
    public void The_threshold_is_the_score_that_a_share_of_new_clips_exceeds(int clips, double share, double expected) =>
        Assert.Equal(expected, DomainCalibration.Quantile([.. Enumerable.Range(1, clips).Select(i => (double)i)], share));

    [Fact]
    public void Made_sounds_are_the_same_for_a_seed_and_keep_their_level()
    {
        foreach (var kind in SyntheticSounds.Kinds)
        {
            var clip = SyntheticSounds.Make(kind, 7);
            Assert.Equal(clip.Samples, SyntheticSounds.Make(kind, 7).Samples);
            Assert.NotEqual(clip.Samples.Length, SyntheticSounds.Make(kind, 8).Samples.Length);
            Assert.Equal(0.5f, clip.Samples.Max(MathF.Abs), 1e-5f);
            Assert.InRange(clip.Seconds, 0.6, 6);
        }
    }

    private static double Speech(string task, string text) => (task, text) is ("speech", "other sound") ? -9 : -0.1;

    private static (int, double)[] Says(string text, int rows, double probability)
    {
        var likely = new (int, double)[rows];
        foreach (var (id, i) in TinyText.Ids(text).Select((id, i) => (id, i))) likely[5 + 2 * i] = (id, probability);
        return likely;
    }

    private static ScriptedModel Saying(string text, double probability, ModelDomain? domain) => new()
    {
        Judge = Speech,
        Settings = new ScriptedModel().Settings with { Domain = domain },
        Rows = (_, rows) => Says(text, rows, probability),
    };

    private static ScriptedModel Playing(ModelDomain? domain, float[] row) => new()
    {
        AudioRow = row,
        Settings = new ScriptedModel().Settings with { Domain = domain },
    };

    private static Classification Classify(ModelDomain? domain, float[] row, string task) =>
        new Classifier(Playing(domain, row).ToModel(), new ClassifierOptions { Task = task }).Classify(Sounds.Tone(1));

    private static EncodedPiece Piece(ScriptedModel model) => model.Encode(Sounds.Tone(1).Samples, 0)!;
}
