using System.Text.Json;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Hub;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Alignment;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Cli.Output;

/// <summary>Turns exceptions into messages and exit codes.</summary>
internal static class Failure
{
    /// <summary>Writes the message to standard error and returns the exit code.</summary>
    /// <param name="exception">What went wrong.</param>
    /// <param name="file">The file being processed; it is added to messages that do not name it.</param>
    public static int Report(Exception exception, string? file = null)
    {
        exception = Cause(exception);
        var code = Code(exception);
        var named = file is null || Text(exception).Contains(file, StringComparison.Ordinal) ? "" : $"{TerminalText.Name(file)}: ";
        Console.Error.WriteLine(code == ExitCodes.Bug
            ? $"qwen2audio: {named}this is a defect in the program; please report it:\n{TerminalText.Lines(exception.ToString())}"
            : $"qwen2audio: {named}{TerminalText.Message(Text(exception))}");
        return code;
    }

    /// <summary>Writes the message and returns the exit code; with JSON output, writes an error object to standard output too.</summary>
    public static int Report(Exception exception, bool json)
    {
        var code = Report(exception);
        if (!json) return code;
        try
        {
            JsonOutput.WriteLine(new { error = Text(exception) });
        }
        catch (IOException)
        {
            // Standard output has no reader: the message is on standard error.
        }

        return code;
    }

    /// <summary>Whether an exception ends the work on all files, because each would fail in the same way: cancellation, wrong usage, output that cannot be written.</summary>
    public static bool EndsAll(Exception exception) => Cause(exception) is OutputException or OperationCanceledException || Code(Cause(exception)) == ExitCodes.Usage;

    private static Exception Cause(Exception exception) => exception is not AggregateException aggregate ? exception
        : aggregate.Flatten().InnerExceptions.FirstOrDefault(inner => inner is not OperationCanceledException) ?? aggregate.InnerExceptions[0];

    /// <summary>The message for the user.</summary>
    public static string Text(Exception exception) => Cause(exception) switch
    {
        OperationCanceledException => "interrupted",
        OutOfMemoryException => "there is not enough memory",
        OptionException { Option: { } name } refused => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(name)}{refused.Message[name.Length..]}",
        var cause => cause.Message,
    };

    public static int Code(Exception exception) => exception switch
    {
        AudioFormatException { Fault: AudioFault.LibraryMissing } => ExitCodes.Environment,
        AudioFormatException or AlignmentException or NonFiniteOutputException or NoTokenLeftException or InputException or ContextLengthException or ClipLengthException or CheckpointException or ConfigException or TokenizerFileException or UnknownTextException
            or RecipeException or RunException or ManifestException or ShardException or TokenFileException or PronunciationException or CorpusException or NotSupportedException or TextFileException or VoiceException or FileNotFoundException or DirectoryNotFoundException => ExitCodes.BadInput,
        RanksException => ExitCodes.Environment,
        HubException { Fault: HubFault.Usage } => ExitCodes.Usage,
        HubException { Fault: HubFault.Access or HubFault.Network or HubFault.DiskSpace } => ExitCodes.Environment,
        HubException => ExitCodes.BadInput,
        UsageException or LabelException or OptionException or FolderExistsException => ExitCodes.Usage,
        OperationCanceledException => Interruption.Code,
        IOException or UnauthorizedAccessException or OutOfMemoryException or DllNotFoundException or SynthesisException => ExitCodes.Environment,
        _ => ExitCodes.Bug,
    };
}

/// <summary>Standard output that cannot be written.</summary>
internal sealed class OutputException(string message, Exception inner) : IOException(message, inner);

/// <summary>Standard input that cannot be used.</summary>
internal sealed class InputException(string message) : Exception(message);

/// <summary>Arguments that parse but cannot be used together.</summary>
internal sealed class UsageException(string message) : Exception(message);
