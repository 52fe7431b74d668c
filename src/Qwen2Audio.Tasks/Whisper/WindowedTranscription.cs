using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>Transcribes a recording window by window and collects the texts.</summary>
internal sealed class WindowedTranscription(LoadedWhisper speech, WhisperOptions options, SoundLevels levels, double duration)
{
    private const double FramesPerSecond = 100;
    private const double ForgettingTemperature = 0.5; // text sampled above it is not shown to later windows
    private readonly StringBuilder _text = new();
    private readonly List<TranscribedSegment> _segments = [];
    private readonly List<TranscribedWord> _words = [];
    private readonly List<int> _previous = [];
    private int _windows;
    private int _quiet;
    private int _raised;
    private int _unended;
    private string _limit = "";
    private (int Given, int Kept)? _promptCut;
    private bool _promptUnused;
    private int _untimed;
    private int _timeless;
    private double _seconds;
    private double _speechSeconds;

    public string Text => _text.ToString().Trim();

    public IReadOnlyList<TranscribedSegment> Segments => _segments;

    public IReadOnlyList<TranscribedWord> Words => _words;

    public string? Language { get; private set; } = options.Language;

    public double? LanguageProbability { get; private set; }

    public double SpeechProbability => _seconds > 0 ? _speechSeconds / _seconds : 0;

    public void Transcribe(WhisperSession session, WhisperMel mel, ReadOnlySpan<float> samples, IProgress<double>? progress, CancellationToken cancellation)
    {
        var writer = new WhisperTextDecoder(session, speech.Tokens);
        var windows = new WindowDecoder(writer, speech.Tokens, speech.Tokenizer, options, options.BeamsOver(speech.Beams));
        if (options.Prompt is { } prompt)
        {
            _promptUnused = speech.Tokens.StartOfPrevious is null;
            _previous.AddRange(speech.Tokenizer.Encode(" " + prompt.Trim()));
            if (_previous.Count > MaxPrevious(session)) _promptCut = (_previous.Count, MaxPrevious(session));
        }

        for (var seek = 0; seek < mel.Frames; progress?.Report(Math.Min(1, (double)seek / mel.Frames)))
        {
            cancellation.ThrowIfCancellationRequested();
            var frames = Math.Min(speech.WindowFrames, mel.Frames - seek);
            var window = samples[Math.Min(samples.Length, seek * AudioLengths.Hop)..Math.Min(samples.Length, (seek + frames) * AudioLengths.Hop)];
            _windows++;
            if (new SoundLevels(window, LogMel.SampleRate).IsSilent)
            {
                _quiet++;
                _seconds += frames / FramesPerSecond;
                seek += frames;
                continue;
            }

            session.Encode(mel.Window(seek), mel.Layout);
            FindLanguage(writer);
            seek += Write(session, windows, seek, frames, cancellation);
        }
    }

    public void AddWarnings(List<TaskWarning> warnings)
    {
        var window = speech.WindowFrames / FramesPerSecond;
        if (_windows > 1)
            warnings.Add(Warn("segmented", $"{duration:F1} s of audio were processed in {_windows} windows of at most {window:F1} s."));
        if (_quiet > 0 && _quiet == _windows) warnings.Add(Warn("no-speech", $"No speech was detected (probability of speech {SpeechProbability:F2})."));
        else if (_quiet > 0) warnings.Add(Warn("part-without-speech", $"In {_quiet} of {_windows} windows no speech was detected."));
        if (_promptCut is { } cut) warnings.Add(Warn("prompt-cut", $"Only the last {cut.Kept} of the prompt's {cut.Given} tokens were used: the model accepts no more."));
        if (_promptUnused) warnings.Add(Warn("prompt-unused", $"The model has no token for earlier text (<|startofprev|>): the prompt was not used."));
        if (_untimed > 0) warnings.Add(Warn("words-without-times", $"In {_untimed} of {_windows} windows the text was too long for word times, which are left out."));
        if (_timeless > 0) warnings.Add(Warn("text-without-time", $"{_timeless} texts without a time from the model were left out."));
        if (_quiet < _windows && _text.ToString().Trim().Length == 0) warnings.Add(Warn("no-words", $"No words were recognised (probability of speech {SpeechProbability:F2})."));
        if (_raised > 0) warnings.Add(Warn("temperature-raised", $"In {_raised} of {_windows} windows the most probable text failed the thresholds and another one was sampled."));
        if (_unended > 0) warnings.Add(Warn("text-cut", $"In {_unended} of {_windows} windows the text did not end within {_limit}."));
        warnings.AddRange(SuspectedText.Of(_segments).Select(suspected => suspected.ToWarning()));
    }

    private void FindLanguage(WhisperTextDecoder writer)
    {
        if (Language is not null) return;
        if (!speech.Tokens.IsMultilingual)
        {
            Language = "en";
            return;
        }

        (Language, LanguageProbability) = writer.DetectLanguage().Languages[0];
    }

    /// <summary>Transcribes a window; returns the frames by which to advance.</summary>
    private int Write(WhisperSession session, WindowDecoder windows, int seek, int frames, CancellationToken cancellation)
    {
        var task = options.Translate == true ? "translate" : "transcribe";
        var prefix = speech.Tokens.Prefix(Language, task, options.Timestamps, _previous, MaxPrevious(session));
        var (most, limit) = Most(session, prefix.Length);
        var (text, ratio) = windows.Write(prefix, most, _windows, cancellation);
        if (text.Temperature > options.Temperatures[0]) _raised++;
        if (!text.Ended)
        {
            _unended++;
            _limit = limit;
        }

        _seconds += frames / FramesPerSecond;
        _speechSeconds += frames / FramesPerSecond * (1 - text.NoSpeechProbability);
        if (windows.IsSilent(text))
        {
            _quiet++;
            return frames;
        }

        var (segments, advance) = WindowSegments.Cut(text.Tokens, speech.Tokens.FirstTimestamp, frames);
        var written = segments.Where(segment => windows.Text(Of(text, segment)).Length > 0).ToList();
        var kept = written.Where(segment => segment.End > segment.Start).ToList();
        _timeless += written.Count - kept.Count;
        foreach (var segment in kept) Add(text, ratio, windows, segment, seek);
        if (options.WordTimes) AddWords(session, text, kept, seek, frames);
        if (!options.ConditionOnPrevious || text.Temperature > ForgettingTemperature) _previous.Clear();
        else _previous.AddRange(kept.SelectMany(segment => Of(text, segment)));
        return advance;
    }

    private void Add(WhisperText text, double ratio, WindowDecoder windows, WindowSegment segment, int seek)
    {
        var tokens = Of(text, segment).Where(IsText).ToArray();
        var start = Math.Min(duration, seek / FramesPerSecond + segment.Start);
        var end = Math.Clamp(seek / FramesPerSecond + segment.End, start, duration);
        var written = windows.Text(tokens);
        _text.Append(speech.Tokenizer.Decode(tokens));
        _segments.Add(new TranscribedSegment
        {
            Text = written,
            Start = start,
            End = end,
            AverageLogProbability = text.AverageLogProbability,
            NoSpeechProbability = text.NoSpeechProbability,
            CompressionRatio = ratio,
            Temperature = text.Temperature,
            Suspicions = HallucinationSigns.Of(written, ratio, text.AverageLogProbability, text.NoSpeechProbability, options, levels, start, end),
        });
    }

    private void AddWords(WhisperSession session, WhisperText text, List<WindowSegment> segments, int seek, int frames)
    {
        List<int> tokens = [];
        List<float> logProbabilities = [];
        foreach (var segment in segments)
        {
            for (var i = segment.First; i < segment.First + segment.Count; i++)
            {
                if (!IsText(text.Tokens[i])) continue;
                tokens.Add(text.Tokens[i]);
                logProbabilities.Add(text.LogProbabilities[i]);
            }
        }

        var prefix = speech.Tokens.Prefix(Language, options.Translate == true ? "translate" : "transcribe", timestamps: false);
        if (prefix.Length + tokens.Count + 1 > session.Capacity) _untimed++;
        if (tokens.Count == 0 || prefix.Length + tokens.Count + 1 > session.Capacity) return;
        var starts = WhisperAlignment.TokenStarts(session, speech.Tokens, prefix, tokens, speech.AlignmentHeads, (frames + 1) / 2);
        var first = 0;
        foreach (var (word, count) in WhisperWords.Group(speech.Tokenizer, Language, tokens))
        {
            var before = _words.Count > 0 ? _words[^1].End : 0;
            var start = Math.Clamp(seek / FramesPerSecond + starts[first], before, Math.Max(before, duration));
            var end = Math.Clamp(seek / FramesPerSecond + starts[first + count], start, Math.Max(start, duration));
            var mean = Enumerable.Range(first, count).Average(i => (double)logProbabilities[i]);
            _words.Add(new TranscribedWord(word, start, end, Math.Exp(mean)));
            first += count;
        }
    }

    /// <summary>How many tokens may follow the prefix, and which limit applies.</summary>
    private (int Tokens, string Limit) Most(WhisperSession session, int prefix)
    {
        var (asked, by) = options.MaxTokens is { } own ? (own, "the tokens requested")
            : speech.Tokens.MaxNewTokens is { } folder ? (folder, "max_new_tokens of generation_config.json") : (session.Capacity / 2, "half of the model's positions");
        var (length, full) = speech.Tokens.MaxLength is { } most && most < session.Capacity ? (most, "max_length of generation_config.json") : (session.Capacity, "the model's positions");
        return length - prefix < asked ? (length - prefix, $"{full} ({length}, {prefix} of them before the text)") : (asked, $"{by} ({asked})");
    }

    // the other half of the model's positions is for the text
    private static int MaxPrevious(WhisperSession session) => session.Capacity / 2 - 1;

    private static IEnumerable<int> Of(WhisperText text, WindowSegment segment) => text.Tokens.Skip(segment.First).Take(segment.Count);

    private bool IsText(int token) => token < speech.Tokens.End;

    private static TaskWarning Warn(string code, FormattableString text) => new(code, text.ToString(CultureInfo.InvariantCulture));
}
