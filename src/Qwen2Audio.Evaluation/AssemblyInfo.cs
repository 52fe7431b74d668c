[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Qwen2Audio.Tasks.Tests")]
