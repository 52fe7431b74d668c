using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Transcribes a file or standard input while it is read. On a terminal the text of an utterance changes in place until it is final.</summary>
internal sealed class LiveTranscript : IDisposable
{
    private int _shown; // characters of the line that changes

    /// <summary>Transcribes one input. The first signal ends standard input: the utterance gets its final text before the cancellation.</summary>
    /// <param name="transcriber">The transcriber.</param>
    /// <param name="file">The input; - is standard input.</param>
    /// <param name="partial">Receives texts that may still change.</param>
    /// <param name="final">Receives final ones.</param>
    /// <param name="cancellation">Ends reading and computing.</param>
    /// <exception cref="OperationCanceledException">Cancelled, or a signal ended the input.</exception>
    public static void Run(LoadedTranscriber transcriber, string file, Action<PartialTranscription> partial, Action<PartialTranscription, Transcription> final, CancellationToken cancellation)
    {
        using var stream = transcriber.Stream();
        var form = new AudioForm(transcriber.SampleRate, 1);
        if (file != InputFile.Pipe)
        {
            Give(stream.Finish(AudioFile.ReadPieces(file, form, Add, cancellation: cancellation), cancellation));
            return;
        }

        using var input = new EndableInput(InputFile.OpenPipe());
        Interruption.OnFirst = input.End;
        try
        {
            Give(stream.Finish(Read(), cancellation));
        }
        finally
        {
            Interruption.OnFirst = null;
        }

        if (input.IsEnded) throw new OperationCanceledException();

        IReadOnlyList<AudioWarning> Read()
        {
            try
            {
                return AudioFile.ReadPiecesAsync(input, form, Add, name: InputFile.Source(file), cancellation: cancellation).GetAwaiter().GetResult();
            }
            catch (AudioFormatException) when (input.IsEnded)
            {
                return []; // the signal cut the file; its samples so far were added
            }
        }

        void Add(ReadOnlySpan<float> samples) => Give(stream.Add(samples, cancellation));

        void Give(IReadOnlyList<PartialTranscription> texts)
        {
            foreach (var text in texts)
            {
                if (text.Final is { } result) final(text, result);
                else partial(text);
            }
        }
    }

    /// <summary>Shows a text that may still change; nothing without a terminal.</summary>
    public void Show(PartialTranscription text)
    {
        if (Console.IsOutputRedirected) return;
        var room = Math.Max(20, Console.WindowWidth - 1);
        var shown = TerminalText.Name(text.Text);
        Put(shown.Length <= room ? shown : "…" + shown[^(room - 1)..]);
    }

    /// <summary>Removes the text that may still change.</summary>
    public void Clear() => Put("");

    public void Dispose() => Clear();

    private void Put(string text)
    {
        if (_shown + text.Length == 0) return;
        Console.Out.Write($"\r{text.PadRight(_shown)}{(text.Length < _shown ? $"\r{text}" : "")}");
        _shown = text.Length;
    }
}
