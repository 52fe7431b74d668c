using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Tokens;

namespace Qwen2Audio.Tasks;

public sealed partial class AudioTokenizer
{
    /// <summary>Encodes one recording. The model is held for one piece at a time.</summary>
    private sealed class EncodingRun : IDisposable
    {
        private readonly AudioTokenizer _tokenizer;
        private readonly CancellationToken _cancellation;

        public EncodingRun(AudioTokenizer tokenizer, AudioEncodingOptions? options, CancellationToken cancellation)
        {
            (_tokenizer, _cancellation) = (tokenizer, cancellation);
            if (options?.Gain is { } gain && !(gain > 0 && 1 / gain <= TokenFileHeader.MaxScale && (float)(1 / gain) > 0)) throw new OptionException("Gain", $"{gain}", $"a number above 0, of at least {1 / TokenFileHeader.MaxScale:g1}");
            if (options?.Gain is not null && tokenizer.Codec.Kind != ModelKinds.FrameCodec)
                throw new OptionException("Gain", $"{options.Gain}", $"none, since {tokenizer.Model.Type} sets the level itself");
            Codebooks = tokenizer.Allowed(options?.Codebooks, tokenizer.Codebooks);
            Encoding = new TokenEncoding(tokenizer.Codec, tokenizer._parts.Ops, Codebooks, options?.Gain);
        }

        public int Codebooks { get; }

        public TokenEncoding Encoding { get; }

        public void Add(ReadOnlySpan<float> samples, Action<TokenPiece> take, bool ends = false)
        {
            var form = _tokenizer.Form;
            for (var second = form.SampleRate * form.Channels; samples.Length > second; samples = samples[second..]) Pass(samples[..second].ToArray(), take, false);
            Pass(samples.ToArray(), take, ends);
        }

        public AudioTokens Finish(List<TokenPiece> pieces, IReadOnlyList<AudioWarning> warnings)
        {
            Add([], pieces.Add, ends: true);
            return new AudioTokens { Header = _tokenizer._files.Header(Codebooks), Pieces = pieces, Samples = Encoding.Samples, Warnings = All(warnings) };
        }

        public IReadOnlyList<TaskWarning> All(IEnumerable<AudioWarning> warnings) => [.. warnings.Select(TaskWarning.Of), .. Encoding.Warnings];

        public void Dispose() => Encoding.Dispose();

        private void Pass(float[] samples, Action<TokenPiece> take, bool ends)
        {
            foreach (var piece in _tokenizer._parts.Gate.Run(() => Encoding.Add(samples, ends), _cancellation)) take(piece);
        }
    }

    /// <summary>Decodes one recording.</summary>
    private sealed class DecodingRun : IDisposable
    {
        private readonly AudioTokenizer _tokenizer;
        private readonly CancellationToken _cancellation;

        public DecodingRun(AudioTokenizer tokenizer, int? codebooks, int stored, CancellationToken cancellation)
        {
            (_tokenizer, _cancellation) = (tokenizer, cancellation);
            Codebooks = tokenizer.Allowed(codebooks, [.. Enumerable.Range(tokenizer.Codec.Model.MinStages, Math.Max(0, stored - tokenizer.Codec.Model.MinStages + 1)).Reverse()]);
            Decoding = new TokenDecoding(tokenizer.Codec, tokenizer._parts.Ops, Codebooks);
        }

        public int Codebooks { get; }

        public TokenDecoding Decoding { get; }

        /// <summary>Largest magnitude so far.</summary>
        public float Peak { get; private set; }

        /// <summary>The warnings of audio of this many samples per channel.</summary>
        public IEnumerable<AudioWarning> Warnings(long samples)
        {
            if (Peak > 1) yield return new AudioWarning(AudioWarningCode.OverFullScale, $"Samples exceed full scale; the largest magnitude is {Peak:g6}.");
            if (AttentionWindow.Warning(_tokenizer.Codec, samples, "samples") is { } window) yield return window;
        }

        public float[] Add(TokenPiece piece) => Tracked(_tokenizer._parts.Gate.Run(() => Decoding.Add(piece), _cancellation));

        public float[] Finish(long samples) => Tracked(_tokenizer._parts.Gate.Run(() => Decoding.Finish(samples), _cancellation));

        public float[] Tracked(float[] samples)
        {
            foreach (var sample in samples) Peak = Math.Max(Peak, Math.Abs(sample));
            return samples;
        }

        public void Dispose() => Decoding.Dispose();
    }
}
