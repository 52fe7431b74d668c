using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Formats;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>
/// Encoded conversations or preference pairs. Every clip is decoded once to find its length;
/// unusable samples are listed. Thread-safe.
/// </summary>
internal sealed class ConversationSet
{
    private readonly Sample[] _samples;
    private readonly ConversationEncoder _encoder;
    private readonly ConversationSetOptions _options;

    private ConversationSet(Sample[] samples, IReadOnlyList<SkippedSample> skipped, ConversationEncoder encoder, ConversationSetOptions options) =>
        (_samples, Skipped, _encoder, _options) = (samples, skipped, encoder, options);

    /// <summary>Number of usable samples.</summary>
    public int Count => _samples.Length;

    /// <summary>Unusable samples: too long, with a missing or damaged clip, a repeated id, or equal chosen and rejected endings.</summary>
    public IReadOnlyList<SkippedSample> Skipped { get; }

    /// <summary>File and line of a sample.</summary>
    public string Name(int sample) => $"{_samples[sample].Conversation.File}, line {_samples[sample].Conversation.Line}";

    /// <summary>Seconds of audio in a sample, before augmentation.</summary>
    public double Seconds(int sample) => _samples[sample].ClipSamples.Sum(samples => (double)samples) / LogMel.SampleRate;

    /// <summary>Number of samples and a hash of their tokens and audio, in order.</summary>
    public string Identity => $"{Count} samples, " + ContentHash.Of(sum =>
    {
        foreach (var sample in _samples)
        {
            sum.AppendData(BitConverter.GetBytes(sample.Number));
            foreach (var encoded in sample.Encoded)
            {
                sum.AppendData(MemoryMarshal.AsBytes<int>(encoded.Ids));
                sum.AppendData(MemoryMarshal.AsBytes<bool>(encoded.IsAnswer));
            }

            foreach (var sound in sample.Sounds) sum.AppendData(sound);
        }
    });

    /// <summary>Encodes conversations and checks their clips.</summary>
    public static ConversationSet Prepare(
        IReadOnlyList<Conversation> conversations, ConversationEncoder encoder, ConversationSetOptions options, CancellationToken cancellation = default) =>
        Prepare([.. conversations.Select(conversation => new[] { conversation })], encoder, options, cancellation);

    /// <summary>Encodes pairs and checks their clips.</summary>
    public static ConversationSet Prepare(
        IReadOnlyList<ConversationPair> pairs, ConversationEncoder encoder, ConversationSetOptions options, CancellationToken cancellation = default) =>
        Prepare([.. pairs.Select(pair => new[] { pair.Chosen, pair.Rejected })], encoder, options, cancellation);

    /// <summary>Number of tokens of a sample in an epoch, both endings of a pair together, for filling rows.</summary>
    public int Length(int sample, long epoch)
    {
        var item = _samples[sample];
        Span<int> rows = item.ClipSamples.Length <= 64 ? stackalloc int[item.ClipSamples.Length] : new int[item.ClipSamples.Length];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = _encoder.AudioRows(_options.Augmentation?.Length(item.ClipSamples[i], item.Number, epoch, i) ?? item.ClipSamples[i]);
        var length = 0;
        foreach (var encoded in item.Encoded) length += encoded.Length(rows);
        return length;
    }

    /// <summary>Number of learned tokens of a sample, both endings of a pair together.</summary>
    public int Labels(int sample) => _samples[sample].Encoded.Sum(encoded => encoded.IsAnswer.AsSpan().Count(true));

    /// <summary>Loads the sequences of a step's samples, in order. A sample with a clip that can no longer be read is skipped and listed.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two samples.</exception>
    public LoadedSamples Load(StepPlan plan, CancellationToken cancellation = default) => Load(plan, 0, cancellation);

    /// <summary>Loads the sequences of a step's pairs: the chosen ones, and the rejected ones in the same order.</summary>
    /// <exception cref="InvalidOperationException">The set has no pairs.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two samples.</exception>
    public LoadedPairs LoadPairs(StepPlan plan, CancellationToken cancellation = default)
    {
        if (_samples.Length > 0 && _samples[0].Encoded.Length < 2) throw new InvalidOperationException("The set has conversations, not pairs.");
        var chosen = Load(plan, 0, cancellation);
        return new LoadedPairs(chosen, [.. chosen.Samples.Select((drawn, i) =>
            _samples[drawn.Sample].Encoded[1].With(chosen.Documents[i].Clips, [.. chosen.Documents[i].ClipRows]))]);
    }

    private static ConversationSet Prepare(
        Conversation[][] conversations, ConversationEncoder encoder, ConversationSetOptions options, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxTokens, nameof(options));
        var samples = new Sample?[conversations.Length];
        var reasons = new string?[conversations.Length];
        var ids = new Dictionary<string, Conversation>(StringComparer.Ordinal);
        for (var i = 0; i < conversations.Length; i++)
        {
            var first = conversations[i][0];
            if (first.Id.Length > 0 && !ids.TryAdd(first.Id, first)) reasons[i] = $"its id \"{first.Id}\" is also that of {ids[first.Id].File}, line {ids[first.Id].Line}";
        }

        Parallel.For(0, conversations.Length, LoaderThreads.Of(options.Threads, cancellation), i =>
        {
            if (reasons[i] is null) (samples[i], reasons[i]) = Look(conversations[i], i, encoder, options);
        });
        var skipped = reasons.Select((reason, i) => reason is null ? null : new SkippedSample(conversations[i][0].File, conversations[i][0].Line, reason));
        return new ConversationSet([.. samples.OfType<Sample>()], [.. skipped.OfType<SkippedSample>()], encoder, options);
    }

    private static (Sample? Sample, string? Reason) Look(Conversation[] endings, int number, ConversationEncoder encoder, ConversationSetOptions options)
    {
        if (endings.Length == 1 && SaysNothing(endings[0])) return (null, "what the assistant says is empty");
        try
        {
            var encoded = Array.ConvertAll(endings, encoder.Encode);
            if (encoded.Length > 1 && encoded[0].Ids.AsSpan().SequenceEqual(encoded[1].Ids)) return (null, "chosen and rejected are the same");
            var clips = new int[endings[0].Clips.Count];
            var rows = new int[clips.Length];
            var sounds = new List<byte[]>();
            for (var i = 0; i < clips.Length; i++)
            {
                var decoded = Decode(endings[0].Clips[i]);
                clips[i] = decoded.Length;
                sounds.Add(SHA256.HashData(MemoryMarshal.AsBytes<float>(decoded)));
                var longest = options.Augmentation?.Longest(clips[i]) ?? clips[i];
                if (longest > options.MaxClipSeconds * LogMel.SampleRate)
                    return (null, $"{endings[0].Clips[i]} is {(double)longest / LogMel.SampleRate:0.###} s long{(longest > clips[i] ? " when it is played slowest" : "")}; allowed: {options.MaxClipSeconds:0.###} s");
                rows[i] = encoder.AudioRows(longest);
                if (encoder.AudioRows(options.Augmentation?.Shortest(clips[i]) ?? clips[i]) < 1) return (null, $"{endings[0].Clips[i]} has {clips[i]} samples: too few to be heard");
            }

            var length = encoded.Max(one => one.Length(rows));
            if (length > options.MaxTokens) return (null, $"{length} tokens long; allowed: {options.MaxTokens}");
            var together = encoded.Sum(one => (long)one.Length(rows));
            return together > options.MaxRowTokens ? (null, $"{together} tokens long{(encoded.Length > 1 ? ", both endings together" : "")}; a row has {options.MaxRowTokens}")
                : (new Sample(number, endings[0], encoded, clips, [.. sounds]), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AudioFormatException or ArgumentException or UnknownTextException)
        {
            return (null, MessageText.Reason(exception));
        }
    }

    private static bool SaysNothing(Conversation conversation) => conversation.Turns.Skip(conversation.FirstAnswer).Where(turn => turn.Role == "assistant")
        .All(turn => turn.Parts.All(part => part is TextPart text && string.IsNullOrWhiteSpace(text.Text)));

    private static float[] Decode(string path) => AudioPreparation.Prepare(AudioFile.Read(path)).Samples;

    private LoadedSamples Load(StepPlan plan, int ending, CancellationToken cancellation)
    {
        var documents = new List<TokenDocument>();
        var drawn = new List<DrawnSample>();
        var skipped = new List<SkippedSample>();
        foreach (var one in plan.Samples)
        {
            cancellation.ThrowIfCancellationRequested();
            var sample = _samples[one.Sample];
            try
            {
                documents.Add(Document(sample, ending, one.Epoch));
                drawn.Add(one);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AudioFormatException)
            {
                skipped.Add(new SkippedSample(sample.Conversation.File, sample.Conversation.Line, exception.Message));
            }
        }

        return new LoadedSamples(plan.Step, documents, drawn, skipped);
    }

    private TokenDocument Document(Sample sample, int ending, long epoch)
    {
        var clips = new float[sample.ClipSamples.Length][];
        for (var i = 0; i < clips.Length; i++)
        {
            var path = sample.Conversation.Clips[i];
            clips[i] = Decode(path);
            // the row was filled with this length
            if (clips[i].Length != sample.ClipSamples[i])
                throw new IOException($"{path}: {clips[i].Length} samples; there were {sample.ClipSamples[i]} when training began.");
            if (_options.Augmentation is { } augmentation) clips[i] = augmentation.Apply(clips[i], sample.Number, epoch, i);
        }

        return sample.Encoded[ending].With(clips, Array.ConvertAll(clips, clip => _encoder.AudioRows(clip.Length)));
    }

    // numbered among all conversations, so that random draws do not depend on which ones are skipped
    private sealed record Sample(int Number, Conversation Conversation, EncodedConversation[] Encoded, int[] ClipSamples, byte[][] Sounds);
}
